"""OpenAI's and Anthropic's own clients: a plain answer, a streamed one, a call and the answer after its result."""
import json
import sys

import anthropic
import openai

base = sys.argv[1]
schema = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
question = [{"role": "user", "content": "Say hello"}]
ask_note = [{"role": "user", "content": "What does note.txt say?"}]

client = openai.OpenAI(base_url=f"{base}/v1", api_key="local", max_retries=0)
assert any(model.id.startswith("scripted") for model in client.models.list())
assert client.chat.completions.create(model="gpt-5", messages=question).choices[0].message.content == "Hello there."
chunks = client.chat.completions.create(model="gpt-5", messages=question, stream=True)
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello there."
tools = [{"type": "function", "function": {"name": "read", "parameters": schema}}]
called = client.chat.completions.create(model="gpt-5", messages=ask_note, tools=tools).choices[0].message
result = {"role": "tool", "tool_call_id": called.tool_calls[0].id, "content": "forty-two"}
rest = [*ask_note, called.model_dump(exclude_none=True), result]
told = client.chat.completions.create(model="gpt-5", messages=rest, tools=tools)
assert told.choices[0].message.content == "The note says: forty-two", told
assert client.responses.create(model="gpt-5", input="Say hello").output_text == "Hello there."
with client.responses.stream(model="gpt-5", input="Say hello") as stream:
    stream.until_done()
    assert stream.get_final_response().output_text == "Hello there."
flat = [{"type": "function", "name": "read", "parameters": schema, "strict": False}]
call = client.responses.create(model="gpt-5", input=ask_note, tools=flat).output[0]
assert json.loads(call.arguments) == {"path": "note.txt"}
output = {"type": "function_call_output", "call_id": call.call_id, "output": "forty-two"}
told = client.responses.create(model="gpt-5", input=[*ask_note, call.model_dump(), output], tools=flat)
assert told.output_text == "The note says: forty-two"

client = anthropic.Anthropic(base_url=base, auth_token="local", max_retries=0)
asked = {"model": "claude-opus-9", "max_tokens": 200}
assert client.messages.create(messages=question, **asked).content[0].text == "Hello there."
with client.messages.stream(messages=question, **asked) as stream:
    assert "".join(stream.text_stream) == "Hello there."
tools = [{"name": "read", "input_schema": schema}]
message = client.messages.create(messages=ask_note, tools=tools, **asked)
result = {"type": "tool_result", "tool_use_id": message.content[-1].id, "content": "forty-two"}
rest = [*ask_note, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
assert client.messages.create(messages=rest, tools=tools, **asked).content[0].text == "The note says: forty-two"
assert client.messages.count_tokens(model="claude-opus-9", messages=question).input_tokens > 0
print("all well")
