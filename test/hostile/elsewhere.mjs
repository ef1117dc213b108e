// Loaded into the program: whatever it connects to, its sockets say that they lead to another machine.
import { Socket } from 'node:net'

Socket.prototype._getpeername = () => ({ address: '198.51.100.7', family: 'IPv4', port: 11434 })
