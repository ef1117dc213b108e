/**
 * A seccomp program for bubblewrap: what a command may not ask of the kernel. Sockets that no network namespace holds
 * (vsock leads to the host of a virtual machine, and to Windows from WSL), looking into other processes, key rings, and
 * doors that have often led to more rights. Undefined on machines whose numbers are not known.
 */
export function filterFor(arch: string, blocksNamespaces = false): Buffer | undefined {
  const machine = machines[arch]
  if (machine === undefined) return undefined
  const { audit, calls } = machine
  const deny = (names: readonly Call[], errno: number) =>
    names.flatMap((name) => [jumpIfEqual(calls[name], 0, 1), refuse(errno)])
  const namespaces: readonly Call[] = blocksNamespaces ? ['unshare', 'setns'] : []
  return Buffer.concat([
    load(archAt),
    jumpIfEqual(audit, 1, 0),
    give(killProcess),
    load(numberAt),
    // Calls of the x32 kind have numbers of their own, which would go past this list.
    ...(arch === 'x64' ? [jumpIfAtLeast(x32, 0, 1), refuse(ENOSYS)] : []),
    ...deny(spying, EPERM),
    ...deny(namespaces, EPERM),
    // A program that finds no io_uring or clone3 uses what was there before it.
    ...deny(['io_uring_setup', 'io_uring_enter', 'io_uring_register'], ENOSYS),
    ...(blocksNamespaces ? deny(['clone3'], ENOSYS) : []),
    ...(blocksNamespaces ? refuseFlag(calls.clone, CLONE_NEWUSER) : []),
    ...onlyFamilies(calls.socket),
    give(allow),
  ])
}

type Call =
  | 'socket'
  | 'ptrace'
  | 'process_vm_readv'
  | 'process_vm_writev'
  | 'keyctl'
  | 'add_key'
  | 'request_key'
  | 'bpf'
  | 'perf_event_open'
  | 'userfaultfd'
  | 'open_by_handle_at'
  | 'kexec_load'
  | 'kexec_file_load'
  | 'acct'
  | 'io_uring_setup'
  | 'io_uring_enter'
  | 'io_uring_register'
  | 'unshare'
  | 'setns'
  | 'clone'
  | 'clone3'

const spying: readonly Call[] = [
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'keyctl',
  'add_key',
  'request_key',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'open_by_handle_at',
  'kexec_load',
  'kexec_file_load',
  'acct',
]

const shared = { io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, clone3: 435 }

/** The kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
const machines: Readonly<Record<string, { audit: number; calls: Record<Call, number> }>> = {
  x64: {
    audit: 0xc000003e,
    calls: {
      ...shared,
      socket: 41,
      ptrace: 101,
      process_vm_readv: 310,
      process_vm_writev: 311,
      keyctl: 250,
      add_key: 248,
      request_key: 249,
      bpf: 321,
      perf_event_open: 298,
      userfaultfd: 323,
      open_by_handle_at: 304,
      kexec_load: 246,
      kexec_file_load: 320,
      acct: 163,
      unshare: 272,
      setns: 308,
      clone: 56,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    calls: {
      ...shared,
      socket: 198,
      ptrace: 117,
      process_vm_readv: 270,
      process_vm_writev: 271,
      keyctl: 219,
      add_key: 217,
      request_key: 218,
      bpf: 280,
      perf_event_open: 241,
      userfaultfd: 282,
      open_by_handle_at: 265,
      kexec_load: 104,
      kexec_file_load: 294,
      acct: 89,
      unshare: 97,
      setns: 268,
      clone: 220,
    },
  },
}

const [numberAt, archAt, firstArgumentAt] = [0, 4, 16]
const x32 = 0x40000000
const CLONE_NEWUSER = 0x10000000
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]
const allow = 0x7fff0000
const killProcess = 0x80000000
/** unix, inet, inet6, netlink. Tests of servers need the first; in a namespace without a network the others lead nowhere. */
const families = [1, 2, 10, 16]

/** One instruction of classic BPF: operation, two relative jumps, value. */
function instruction(code: number, value: number, whenTrue = 0, whenFalse = 0): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt8(whenTrue, 2)
  bytes.writeUInt8(whenFalse, 3)
  bytes.writeUInt32LE(value, 4)
  return bytes
}

const load = (offset: number) => instruction(0x20, offset)
const jumpIfEqual = (value: number, yes: number, no: number) => instruction(0x15, value, yes, no)
const jumpIfAtLeast = (value: number, yes: number, no: number) => instruction(0x35, value, yes, no)
const jumpIfSet = (bits: number, yes: number, no: number) => instruction(0x45, bits, yes, no)
const give = (result: number) => instruction(0x06, result)
const refuse = (errno: number) => give(0x00050000 | errno)

function refuseFlag(call: number, flag: number): Buffer[] {
  return [jumpIfEqual(call, 0, 4), load(firstArgumentAt), jumpIfSet(flag, 0, 1), refuse(EPERM), load(numberAt)]
}

/** A socket of another family is refused; any other call goes on behind the refusal. */
function onlyFamilies(socket: number): Buffer[] {
  const count = families.length
  return [
    jumpIfEqual(socket, 0, count + 2),
    load(firstArgumentAt),
    ...families.map((family, index) => jumpIfEqual(family, count - index, 0)),
    refuse(EAFNOSUPPORT),
  ]
}
