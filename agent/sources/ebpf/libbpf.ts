/**
 * The only file that calls C: libbpf.so.1 and the few libc calls that a mapped ring needs, through koffi. Called by the
 * loader, the pins and the source. Everything here is synchronous and returns or throws at once; nothing is per record.
 *
 * Handles are opaque pointers of libbpf; file descriptors are plain numbers that the caller closes.
 */
import koffi from 'koffi'

/** A failed call: the name and errno, and what libbpf printed meanwhile (a verifier's reason, as a rule). */
export class LibbpfError extends Error {
  override readonly name = 'LibbpfError'
  readonly call: string
  /** errno as text, such as `EPERM`; a bare number for libbpf's own, which start at 4000 (libbpf_errno). */
  readonly errno: string
  readonly printed: string
  /** The message without what libbpf printed. */
  readonly summary: string

  constructor(call: string, errno: number, printed: string) {
    const name = errnoNames.get(errno) ?? `error ${errno}`
    const summary = `${call} failed with ${name}`
    super(`${summary}${printed === '' ? '' : ` (${printed})`}`)
    this.call = call
    this.errno = name
    this.summary = summary
    this.printed = printed
  }
}

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))

declare const handleTag: unique symbol
export type BpfObject = { readonly [handleTag]: 'object' }
export type BpfMap = { readonly [handleTag]: 'map' }
export type BpfProgram = { readonly [handleTag]: 'program' }
export type BpfLink = { readonly [handleTag]: 'link' }
type Handle = BpfObject | BpfMap | BpfProgram | BpfLink

/** What libbpf prints is kept to this much: the verifier's log can have a million lines, its end matters. */
const printedCharsMax = 2000
/**
 * A verifier's log is printed in one call, and its end is what matters: it must fit whole. Pages never written to cost
 * nothing.
 */
const printTextBytes = 4 * 1024 * 1024
const LIBBPF_WARN = 0
const ENOENT = 2
const CLOCK_BOOTTIME = 7
const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const LOCK_EX_NB = 2 | 4
const BTF_KIND_STRUCT = 4
const BTF_KIND_TYPEDEF = 8
// Offsets in include/uapi/linux/bpf.h, stable like all of it.
const programInfoBytes = 232
const programInfoMisses = 208
const iteratorOptionsBytes = 24

const bind = (libraryName: string) => {
  const bpf = koffi.load(libraryName)
  const libc = koffi.load('libc.so.6')
  const printer = koffi.proto('int MayflyLibbpfPrint(int level, void *format, void *arguments)')
  // struct bpf_iter_attach_opts, whose link_info points to a union that begins with the map's descriptor.
  koffi.struct('MayflyIterOptions', {
    sz: 'size_t',
    link_info: 'uint32_t *',
    link_info_len: 'uint32_t',
  })
  return {
    printer: koffi.pointer(printer),
    setPrint: bpf.func('void *libbpf_set_print(void *print)'),
    objectOpen: bpf.func('void *bpf_object__open_file(const char *path, void *options)'),
    objectLoad: bpf.func('int bpf_object__load(void *object)'),
    objectClose: bpf.func('void bpf_object__close(void *object)'),
    findMap: bpf.func('void *bpf_object__find_map_by_name(void *object, const char *name)'),
    findProgram: bpf.func('void *bpf_object__find_program_by_name(void *object, const char *name)'),
    mapSetMaxEntries: bpf.func('int bpf_map__set_max_entries(void *map, uint32_t entries)'),
    mapFd: bpf.func('int bpf_map__fd(void *map)'),
    mapPin: bpf.func('int bpf_map__pin(void *map, const char *path)'),
    programSetAutoload: bpf.func('int bpf_program__set_autoload(void *program, bool autoload)'),
    programFd: bpf.func('int bpf_program__fd(void *program)'),
    programPin: bpf.func('int bpf_program__pin(void *program, const char *path)'),
    programAttach: bpf.func('void *bpf_program__attach(void *program)'),
    programAttachIter: bpf.func(
      'void *bpf_program__attach_iter(void *program, MayflyIterOptions *options)',
    ),
    programAttachCgroup: bpf.func('void *bpf_program__attach_cgroup(void *program, int cgroup)'),
    linkPin: bpf.func('int bpf_link__pin(void *link, const char *path)'),
    linkFd: bpf.func('int bpf_link__fd(void *link)'),
    linkDestroy: bpf.func('int bpf_link__destroy(void *link)'),
    objGet: bpf.func('int bpf_obj_get(const char *path)'),
    infoByFd: bpf.func('int bpf_obj_get_info_by_fd(int fd, void *info, _Inout_ uint32_t *size)'),
    iterCreate: bpf.func('int bpf_iter_create(int linkFd)'),
    mapCreate: bpf.func(
      'int bpf_map_create(int type, const char *name, uint32_t keySize, uint32_t valueSize, uint32_t entries, void *options)',
    ),
    objPin: bpf.func('int bpf_obj_pin(int fd, const char *path)'),
    mapLookup: bpf.func('int bpf_map_lookup_elem(int fd, const void *key, void *value)'),
    mapUpdate: bpf.func(
      'int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)',
    ),
    mapNextKey: bpf.func('int bpf_map_get_next_key(int fd, const void *key, void *next)'),
    btfLoad: bpf.func('void *btf__load_vmlinux_btf()'),
    btfFree: bpf.func('void btf__free(void *btf)'),
    btfFind: bpf.func('int32_t btf__find_by_name_kind(void *btf, const char *name, uint32_t kind)'),
    btfType: bpf.func('void *btf__type_by_id(void *btf, uint32_t id)'),
    formatText: libc.func('int vsnprintf(void *text, size_t size, void *format, void *arguments)'),
    mmap: libc.func(
      'void *mmap(void *address, size_t size, int protection, int flags, int fd, int64_t offset)',
    ),
    munmap: libc.func('int munmap(void *address, size_t size)'),
    pageSize: libc.func('int getpagesize()'),
    flock: libc.func('int flock(int fd, int operation)'),
    clock: libc.func('int clock_gettime(int clock, void *time)'),
  }
}
type Bindings = ReturnType<typeof bind>

/** koffi's types are global to the process, so is libbpf's printer: both are made once per library. */
const loaded = new Map<string, Bindings>()
/** What libbpf printed since the last successful load or reported failure. */
let printed = ''

const bindOnce = (libraryName: string): Bindings => {
  const known = loaded.get(libraryName)
  if (known !== undefined) return known
  const c = bind(libraryName)
  const formatted = Buffer.allocUnsafeSlow(printTextBytes)
  const print = (level: number, format: unknown, args: unknown): number => {
    if (level !== LIBBPF_WARN) return 0
    const length: number = c.formatText(formatted, printTextBytes, format, args)
    const end = Math.min(Math.max(length, 0), printTextBytes - 1)
    const text = formatted.toString('utf8', Math.max(0, end - printedCharsMax), end)
    printed = (printed + text).slice(-printedCharsMax)
    return length
  }
  c.setPrint(koffi.register(print, c.printer))
  loaded.set(libraryName, c)
  return c
}

/** A mapping of a ring; unmap() must come after the last use of the views. */
export interface RingMapping {
  /** One page, writable: the consumer position in its first eight bytes. */
  readonly consumer: ArrayBuffer
  /** One page with the producer position in its first eight bytes, then the data, once. */
  readonly producer: ArrayBuffer
  readonly pageBytes: number
  unmap(): void
}

export class Libbpf {
  readonly #c: Bindings
  readonly #time = Buffer.alloc(16)

  /** Throws whatever the dynamic linker says when the library is missing. */
  constructor(libraryName: string) {
    this.#c = bindOnce(libraryName)
  }

  #fail(call: string): never {
    const errno = koffi.errno()
    // One line: the reason stands at the end of what libbpf prints.
    const text = printed.trim().replaceAll(/\s*\n\s*/g, '; ')
    printed = ''
    throw new LibbpfError(call, errno, text)
  }

  /** For calls that return 0 or a descriptor, and on failure a negative number with errno set. */
  #check(call: string, result: number): number {
    if (result < 0) this.#fail(call)
    return result
  }

  #handle<T extends Handle>(call: string, pointer: unknown): T {
    if (pointer === null) this.#fail(call)
    return pointer as T
  }

  openObject(path: string): BpfObject {
    return this.#handle('bpf_object__open_file', this.#c.objectOpen(path, null))
  }
  loadObject(object: BpfObject): void {
    this.#check('bpf_object__load', this.#c.objectLoad(object))
    printed = ''
  }
  /** Also closes the descriptors of its maps and programs: pinned or attached ones live on. */
  closeObject(object: BpfObject): void {
    this.#c.objectClose(object)
  }
  map(object: BpfObject, name: string): BpfMap {
    return this.#handle(`map ${name}`, this.#c.findMap(object, name))
  }
  program(object: BpfObject, name: string): BpfProgram {
    return this.#handle(`program ${name}`, this.#c.findProgram(object, name))
  }
  setMaxEntries(map: BpfMap, entries: number): void {
    this.#check('bpf_map__set_max_entries', this.#c.mapSetMaxEntries(map, entries))
  }
  /** Belongs to the object: do not close. */
  mapFd(map: BpfMap): number {
    return this.#check('bpf_map__fd', this.#c.mapFd(map))
  }
  pinMap(map: BpfMap, path: string): void {
    this.#check('bpf_map__pin', this.#c.mapPin(map, path))
  }
  setAutoload(program: BpfProgram, autoload: boolean): void {
    this.#check('bpf_program__set_autoload', this.#c.programSetAutoload(program, autoload))
  }
  /** Belongs to the object: do not close. */
  programFd(program: BpfProgram): number {
    return this.#check('bpf_program__fd', this.#c.programFd(program))
  }
  pinProgram(program: BpfProgram, path: string): void {
    this.#check('bpf_program__pin', this.#c.programPin(program, path))
  }
  attach(program: BpfProgram): BpfLink {
    return this.#handle('bpf_program__attach', this.#c.programAttach(program))
  }
  /** An iterator over the elements of one map. */
  attachMapIterator(program: BpfProgram, mapFd: number): BpfLink {
    const options = { sz: iteratorOptionsBytes, link_info: [mapFd, 0], link_info_len: 4 }
    return this.#handle('bpf_program__attach_iter', this.#c.programAttachIter(program, options))
  }
  /** Beside what others attached with BPF_F_ALLOW_MULTI; EPERM where somebody holds the place alone. */
  attachCgroup(program: BpfProgram, cgroupFd: number): BpfLink {
    return this.#handle(
      'bpf_program__attach_cgroup',
      this.#c.programAttachCgroup(program, cgroupFd),
    )
  }
  pinLink(link: BpfLink, path: string): void {
    this.#check('bpf_link__pin', this.#c.linkPin(link, path))
  }
  /** Belongs to the link: do not close. */
  linkFd(link: BpfLink): number {
    return this.#check('bpf_link__fd', this.#c.linkFd(link))
  }
  /** Detaches, unless pinned. */
  destroyLink(link: BpfLink): void {
    this.#c.linkDestroy(link)
  }

  /** Descriptor of a pinned map, program or link; undefined when nothing is pinned there. */
  pinned(path: string): number | undefined {
    const fd: number = this.#c.objGet(path)
    if (fd < 0 && koffi.errno() === ENOENT) return undefined
    return this.#check('bpf_obj_get', fd)
  }

  /** How often a program was skipped because it was already running on that CPU; 0 before 5.12, which never skips. */
  missesOfProgram(programFd: number): number {
    const info = Buffer.alloc(programInfoBytes)
    this.#check('bpf_obj_get_info_by_fd', this.#c.infoByFd(programFd, info, [programInfoBytes]))
    return Number(info.readBigUInt64LE(programInfoMisses))
  }

  /** Descriptor that, read to its end, runs the iterator once. */
  createIterator(linkFd: number): number {
    return this.#check('bpf_iter_create', this.#c.iterCreate(linkFd))
  }

  /** Makes a map that belongs to no object, and returns its descriptor. */
  createMap(
    type: number,
    name: string,
    keyBytes: number,
    valueBytes: number,
    entries: number,
  ): number {
    const fd = this.#c.mapCreate(type, name, keyBytes, valueBytes, entries, null)
    return this.#check('bpf_map_create', fd)
  }
  pinFd(fd: number, path: string): void {
    this.#check('bpf_obj_pin', this.#c.objPin(fd, path))
  }

  /** Fills `value`; false when the key is absent. */
  lookup(fd: number, key: Uint8Array, value: Uint8Array): boolean {
    const result: number = this.#c.mapLookup(fd, key, value)
    if (result < 0 && koffi.errno() === ENOENT) return false
    this.#check('bpf_map_lookup_elem', result)
    return true
  }
  update(fd: number, key: Uint8Array, value: Uint8Array): void {
    this.#check('bpf_map_update_elem', this.#c.mapUpdate(fd, key, value, 0))
  }
  /** Fills `next` with the key after `key` (undefined: the first); false at the end. */
  nextKey(fd: number, key: Uint8Array | undefined, next: Uint8Array): boolean {
    const result: number = this.#c.mapNextKey(fd, key ?? null, next)
    if (result < 0 && koffi.errno() === ENOENT) return false
    this.#check('bpf_map_get_next_key', result)
    return true
  }

  /** True when the kernel's type information has this struct. */
  hasStruct(name: string): boolean {
    const btf = this.#handle<BpfObject>('btf__load_vmlinux_btf', this.#c.btfLoad())
    try {
      return (this.#c.btfFind(btf, name, BTF_KIND_STRUCT) as number) > 0
    } finally {
      this.#c.btfFree(btf)
    }
  }

  /**
   * How many arguments a raw tracepoint passes, from the kernel's `btf_trace_NAME` typedef, without the leading context;
   * 0 when the kernel does not say.
   */
  tracepointArguments(name: string): number {
    const btf = this.#handle<BpfObject>('btf__load_vmlinux_btf', this.#c.btfLoad())
    try {
      let id: number = this.#c.btfFind(btf, `btf_trace_${name}`, BTF_KIND_TYPEDEF)
      // struct btf_type is {name_off, info, type}: typedef → pointer → function prototype.
      for (let step = 0; step < 2 && id > 0; step += 1) id = this.#btfWord(btf, id, 2)
      return id > 0 ? Math.max(0, (this.#btfWord(btf, id, 1) & 0xffff) - 1) : 0
    } finally {
      this.#c.btfFree(btf)
    }
  }
  #btfWord(btf: unknown, id: number, index: number): number {
    const type: unknown = this.#c.btfType(btf, id)
    return type === null ? 0 : (koffi.decode(type, index * 4, 'uint32_t') as number)
  }

  /** Size of a page: what memory is counted and mapped in. */
  pageBytes(): number {
    return this.#c.pageSize() as number
  }

  /** Maps a ring once. The classic double mapping would cost its size in RSS again. */
  mapRing(fd: number, sizeBytes: number): RingMapping {
    const pageBytes = this.pageBytes()
    const consumer = this.#mmap(fd, pageBytes, PROT_READ | PROT_WRITE, 0)
    const producer = this.#mmap(fd, pageBytes + sizeBytes, PROT_READ, pageBytes)
    return {
      consumer: koffi.view(consumer, pageBytes),
      producer: koffi.view(producer, pageBytes + sizeBytes),
      pageBytes,
      unmap: () => {
        this.#c.munmap(consumer, pageBytes)
        this.#c.munmap(producer, pageBytes + sizeBytes)
      },
    }
  }
  #mmap(fd: number, sizeBytes: number, protection: number, offset: number): unknown {
    const pointer: unknown = this.#c.mmap(null, sizeBytes, protection, MAP_SHARED, fd, offset)
    const address = pointer === null ? -1n : BigInt.asIntN(64, koffi.address(pointer))
    if (address === -1n) this.#fail('mmap')
    return pointer
  }

  /** Takes an exclusive lock without waiting; it falls with the descriptor. False when somebody else holds it. */
  tryLock(fd: number): boolean {
    return this.#c.flock(fd, LOCK_EX_NB) === 0
  }

  /** CLOCK_BOOTTIME, ns. */
  bootNowNs(): number {
    this.#c.clock(CLOCK_BOOTTIME, this.#time)
    return Number(this.#time.readBigInt64LE(0)) * 1e9 + Number(this.#time.readBigInt64LE(8))
  }
}
