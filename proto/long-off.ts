/**
 * Makes protobufjs give plain numbers for 64-bit fields. Must be imported before the generated code, which looks at
 * util.Long while it loads. Only codec.ts imports it.
 */
import protobuf from 'protobufjs/minimal.js'

// The declarations do not know that null is a documented value here.
;(protobuf.util as { Long: unknown }).Long = null
protobuf.configure()
