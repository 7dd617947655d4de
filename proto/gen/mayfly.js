/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const mayfly = $root.mayfly = (() => {

    const mayfly = {};

    mayfly.v1 = (function() {

        const v1 = {};

        v1.Chunk = (function() {

            const Chunk = function (properties) {
                this.strings = [];
                this.processes = [];
                this.namespaces = [];
                this.credentials = [];
                this.programs = [];
                this.events = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Chunk.prototype.firstSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Chunk.prototype.boot = "";
            Chunk.prototype.ringId = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Chunk.prototype.ringPosition = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Chunk.prototype.wallOffsetUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Chunk.prototype.strings = $util.emptyArray;
            Chunk.prototype.processes = $util.emptyArray;
            Chunk.prototype.namespaces = $util.emptyArray;
            Chunk.prototype.credentials = $util.emptyArray;
            Chunk.prototype.programs = $util.emptyArray;
            Chunk.prototype.events = $util.emptyArray;

            Chunk.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.firstSeq != null && $Object.hasOwnProperty.call(message, "firstSeq") && (typeof message.firstSeq === "object" ? message.firstSeq.low || message.firstSeq.high : message.firstSeq !== 0))
                    writer.uint32(8).uint64(message.firstSeq);
                if (message.boot != null && $Object.hasOwnProperty.call(message, "boot") && message.boot !== "")
                    writer.uint32(18).string(message.boot);
                if (message.ringId != null && $Object.hasOwnProperty.call(message, "ringId") && (typeof message.ringId === "object" ? message.ringId.low || message.ringId.high : message.ringId !== 0))
                    writer.uint32(24).uint64(message.ringId);
                if (message.ringPosition != null && $Object.hasOwnProperty.call(message, "ringPosition") && (typeof message.ringPosition === "object" ? message.ringPosition.low || message.ringPosition.high : message.ringPosition !== 0))
                    writer.uint32(32).uint64(message.ringPosition);
                if (message.wallOffsetUs != null && $Object.hasOwnProperty.call(message, "wallOffsetUs") && (typeof message.wallOffsetUs === "object" ? message.wallOffsetUs.low || message.wallOffsetUs.high : message.wallOffsetUs !== 0))
                    writer.uint32(40).sint64(message.wallOffsetUs);
                if (message.strings != null && message.strings.length)
                    for (let i = 0; i < message.strings.length; ++i)
                        writer.uint32(50).string(message.strings[i]);
                if (message.processes != null && message.processes.length)
                    for (let i = 0; i < message.processes.length; ++i)
                        $root.mayfly.v1.ProcessKey.encode(message.processes[i], writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.namespaces != null && message.namespaces.length)
                    for (let i = 0; i < message.namespaces.length; ++i)
                        $root.mayfly.v1.Namespaces.encode(message.namespaces[i], writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.credentials != null && message.credentials.length)
                    for (let i = 0; i < message.credentials.length; ++i)
                        $root.mayfly.v1.Credentials.encode(message.credentials[i], writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.programs != null && message.programs.length)
                    for (let i = 0; i < message.programs.length; ++i)
                        $root.mayfly.v1.Program.encode(message.programs[i], writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.events != null && message.events.length)
                    for (let i = 0; i < message.events.length; ++i)
                        $root.mayfly.v1.Event.encode(message.events[i], writer.uint32(90).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Chunk.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Chunk();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstSeq = value;
                            else
                                delete message.firstSeq;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boot = value;
                            else
                                delete message.boot;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.ringId = value;
                            else
                                delete message.ringId;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.ringPosition = value;
                            else
                                delete message.ringPosition;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.wallOffsetUs = value;
                            else
                                delete message.wallOffsetUs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.strings && message.strings.length))
                                message.strings = [];
                            message.strings.push(reader.stringVerify());
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.processes && message.processes.length))
                                message.processes = [];
                            message.processes.push($root.mayfly.v1.ProcessKey.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if (!(message.namespaces && message.namespaces.length))
                                message.namespaces = [];
                            message.namespaces.push($root.mayfly.v1.Namespaces.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if (!(message.credentials && message.credentials.length))
                                message.credentials = [];
                            message.credentials.push($root.mayfly.v1.Credentials.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if (!(message.programs && message.programs.length))
                                message.programs = [];
                            message.programs.push($root.mayfly.v1.Program.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if (!(message.events && message.events.length))
                                message.events = [];
                            message.events.push($root.mayfly.v1.Event.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Chunk;
        })();

        v1.ChunkList = (function() {

            const ChunkList = function (properties) {
                this.chunks = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            ChunkList.prototype.chunks = $util.emptyArray;

            ChunkList.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.chunks != null && message.chunks.length)
                    for (let i = 0; i < message.chunks.length; ++i)
                        $root.mayfly.v1.Chunk.encode(message.chunks[i], writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            ChunkList.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.ChunkList();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.chunks && message.chunks.length))
                                message.chunks = [];
                            message.chunks.push($root.mayfly.v1.Chunk.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ChunkList;
        })();

        v1.ProcessKey = (function() {

            const ProcessKey = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            ProcessKey.prototype.pidDelta = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            ProcessKey.prototype.startDeltaNs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            ProcessKey.prototype.startNs = null;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(ProcessKey.prototype, "_startNs", {
                get: $util.oneOfGetter($oneOfFields = ["startNs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            ProcessKey.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.pidDelta != null && $Object.hasOwnProperty.call(message, "pidDelta") && (typeof message.pidDelta === "object" ? message.pidDelta.low || message.pidDelta.high : message.pidDelta !== 0))
                    writer.uint32(8).sint64(message.pidDelta);
                if (message.startDeltaNs != null && $Object.hasOwnProperty.call(message, "startDeltaNs") && (typeof message.startDeltaNs === "object" ? message.startDeltaNs.low || message.startDeltaNs.high : message.startDeltaNs !== 0))
                    writer.uint32(16).sint64(message.startDeltaNs);
                if (message.startNs != null && $Object.hasOwnProperty.call(message, "startNs"))
                    writer.uint32(24).uint64(message.startNs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            ProcessKey.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.ProcessKey();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.pidDelta = value;
                            else
                                delete message.pidDelta;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.startDeltaNs = value;
                            else
                                delete message.startDeltaNs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            message.startNs = reader.uint64();
                            message._startNs = "startNs";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ProcessKey;
        })();

        v1.Namespaces = (function() {

            const Namespaces = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Namespaces.prototype.mnt = 0;
            Namespaces.prototype.pid = 0;
            Namespaces.prototype.net = 0;
            Namespaces.prototype.user = 0;
            Namespaces.prototype.uts = 0;
            Namespaces.prototype.ipc = 0;
            Namespaces.prototype.cgroup = 0;

            Namespaces.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.mnt != null && $Object.hasOwnProperty.call(message, "mnt") && message.mnt !== 0)
                    writer.uint32(8).uint32(message.mnt);
                if (message.pid != null && $Object.hasOwnProperty.call(message, "pid") && message.pid !== 0)
                    writer.uint32(16).uint32(message.pid);
                if (message.net != null && $Object.hasOwnProperty.call(message, "net") && message.net !== 0)
                    writer.uint32(24).uint32(message.net);
                if (message.user != null && $Object.hasOwnProperty.call(message, "user") && message.user !== 0)
                    writer.uint32(32).uint32(message.user);
                if (message.uts != null && $Object.hasOwnProperty.call(message, "uts") && message.uts !== 0)
                    writer.uint32(40).uint32(message.uts);
                if (message.ipc != null && $Object.hasOwnProperty.call(message, "ipc") && message.ipc !== 0)
                    writer.uint32(48).uint32(message.ipc);
                if (message.cgroup != null && $Object.hasOwnProperty.call(message, "cgroup") && message.cgroup !== 0)
                    writer.uint32(56).uint32(message.cgroup);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Namespaces.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Namespaces();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.mnt = value;
                            else
                                delete message.mnt;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.pid = value;
                            else
                                delete message.pid;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.net = value;
                            else
                                delete message.net;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.user = value;
                            else
                                delete message.user;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.uts = value;
                            else
                                delete message.uts;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.ipc = value;
                            else
                                delete message.ipc;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.cgroup = value;
                            else
                                delete message.cgroup;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Namespaces;
        })();

        v1.Credentials = (function() {

            const Credentials = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Credentials.prototype.uid = 0;
            Credentials.prototype.gid = 0;
            Credentials.prototype.euid = 0;
            Credentials.prototype.loginUid = null;
            Credentials.prototype.capabilities = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Credentials.prototype, "_loginUid", {
                get: $util.oneOfGetter($oneOfFields = ["loginUid"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Credentials.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== 0)
                    writer.uint32(8).uint32(message.uid);
                if (message.gid != null && $Object.hasOwnProperty.call(message, "gid") && message.gid !== 0)
                    writer.uint32(16).uint32(message.gid);
                if (message.euid != null && $Object.hasOwnProperty.call(message, "euid") && message.euid !== 0)
                    writer.uint32(24).uint32(message.euid);
                if (message.loginUid != null && $Object.hasOwnProperty.call(message, "loginUid"))
                    writer.uint32(32).uint32(message.loginUid);
                if (message.capabilities != null && $Object.hasOwnProperty.call(message, "capabilities") && (typeof message.capabilities === "object" ? message.capabilities.low || message.capabilities.high : message.capabilities !== 0))
                    writer.uint32(40).uint64(message.capabilities);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Credentials.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Credentials();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.gid = value;
                            else
                                delete message.gid;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.euid = value;
                            else
                                delete message.euid;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.loginUid = reader.uint32();
                            message._loginUid = "loginUid";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.capabilities = value;
                            else
                                delete message.capabilities;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Credentials;
        })();

        v1.FileKey = (function() {

            const FileKey = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            FileKey.prototype.device = 0;
            FileKey.prototype.inode = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            FileKey.prototype.ctimeUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;

            FileKey.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== 0)
                    writer.uint32(8).uint32(message.device);
                if (message.inode != null && $Object.hasOwnProperty.call(message, "inode") && (typeof message.inode === "object" ? message.inode.low || message.inode.high : message.inode !== 0))
                    writer.uint32(16).uint64(message.inode);
                if (message.ctimeUs != null && $Object.hasOwnProperty.call(message, "ctimeUs") && (typeof message.ctimeUs === "object" ? message.ctimeUs.low || message.ctimeUs.high : message.ctimeUs !== 0))
                    writer.uint32(24).sint64(message.ctimeUs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            FileKey.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.FileKey();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.device = value;
                            else
                                delete message.device;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.inode = value;
                            else
                                delete message.inode;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.ctimeUs = value;
                            else
                                delete message.ctimeUs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return FileKey;
        })();

        v1.Program = (function() {

            const Program = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Program.prototype.exe = 0;
            Program.prototype.file = null;
            Program.prototype.fileMode = 0;
            Program.prototype.fileOrigin = 0;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Program.prototype, "_file", {
                get: $util.oneOfGetter($oneOfFields = ["file"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Program.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.exe != null && $Object.hasOwnProperty.call(message, "exe") && message.exe !== 0)
                    writer.uint32(8).uint32(message.exe);
                if (message.file != null && $Object.hasOwnProperty.call(message, "file"))
                    $root.mayfly.v1.FileKey.encode(message.file, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.fileMode != null && $Object.hasOwnProperty.call(message, "fileMode") && message.fileMode !== 0)
                    writer.uint32(24).uint32(message.fileMode);
                if (message.fileOrigin != null && $Object.hasOwnProperty.call(message, "fileOrigin") && message.fileOrigin !== 0)
                    writer.uint32(32).int32(message.fileOrigin);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Program.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Program();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.exe = value;
                            else
                                delete message.exe;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.file = $root.mayfly.v1.FileKey.decode(reader, reader.size(), $undefined, _depth + 1, message.file);
                            message._file = "file";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.fileMode = value;
                            else
                                delete message.fileMode;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.fileOrigin = value;
                            else
                                delete message.fileOrigin;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Program;
        })();

        v1.FileOrigin = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "FILE_ORIGIN_UNKNOWN"] = 0;
            values[valuesById[1] = "FILE_ORIGIN_IMAGE"] = 1;
            values[valuesById[2] = "FILE_ORIGIN_COPIED_UP"] = 2;
            values[valuesById[3] = "FILE_ORIGIN_DROPPED"] = 3;
            values[valuesById[4] = "FILE_ORIGIN_VOLUME"] = 4;
            values[valuesById[5] = "FILE_ORIGIN_MEMFD"] = 5;
            values[valuesById[6] = "FILE_ORIGIN_HOST"] = 6;
            return values;
        })();

        v1.Source = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "SOURCE_EBPF"] = 0;
            values[valuesById[1] = "SOURCE_PROCFS"] = 1;
            return values;
        })();

        v1.EventKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "EVENT_KIND_EXEC"] = 0;
            values[valuesById[1] = "EVENT_KIND_EXIT"] = 1;
            values[valuesById[2] = "EVENT_KIND_CONNECT"] = 2;
            values[valuesById[3] = "EVENT_KIND_ACCEPT"] = 3;
            values[valuesById[4] = "EVENT_KIND_CLOSE"] = 4;
            values[valuesById[5] = "EVENT_KIND_LISTEN"] = 5;
            values[valuesById[6] = "EVENT_KIND_DNS"] = 6;
            values[valuesById[7] = "EVENT_KIND_CONTAINER"] = 7;
            values[valuesById[8] = "EVENT_KIND_GAP"] = 8;
            values[valuesById[9] = "EVENT_KIND_POD"] = 9;
            return values;
        })();

        v1.Event = (function() {

            const Event = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Event.prototype.bootDeltaNs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Event.prototype.bootNs = null;
            Event.prototype.timeSkewUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Event.prototype.timeUs = null;
            Event.prototype.source = 0;
            Event.prototype.containerId = 0;
            Event.prototype.podUid = 0;
            Event.prototype.exec = null;
            Event.prototype.exit = null;
            Event.prototype.connect = null;
            Event.prototype.accept = null;
            Event.prototype.close = null;
            Event.prototype.listen = null;
            Event.prototype.dns = null;
            Event.prototype.container = null;
            Event.prototype.gap = null;
            Event.prototype.file = null;
            Event.prototype.coverage = null;
            Event.prototype.pod = null;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Event.prototype, "_bootNs", {
                get: $util.oneOfGetter($oneOfFields = ["bootNs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Event.prototype, "_timeUs", {
                get: $util.oneOfGetter($oneOfFields = ["timeUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            $Object.defineProperty(Event.prototype, "kind", {
                get: $util.oneOfGetter($oneOfFields = ["exec", "exit", "connect", "accept", "close", "listen", "dns", "container", "gap", "file", "coverage", "pod"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Event.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.bootDeltaNs != null && $Object.hasOwnProperty.call(message, "bootDeltaNs") && (typeof message.bootDeltaNs === "object" ? message.bootDeltaNs.low || message.bootDeltaNs.high : message.bootDeltaNs !== 0))
                    writer.uint32(8).sint64(message.bootDeltaNs);
                if (message.bootNs != null && $Object.hasOwnProperty.call(message, "bootNs"))
                    writer.uint32(16).uint64(message.bootNs);
                if (message.timeSkewUs != null && $Object.hasOwnProperty.call(message, "timeSkewUs") && (typeof message.timeSkewUs === "object" ? message.timeSkewUs.low || message.timeSkewUs.high : message.timeSkewUs !== 0))
                    writer.uint32(24).sint64(message.timeSkewUs);
                if (message.timeUs != null && $Object.hasOwnProperty.call(message, "timeUs"))
                    writer.uint32(32).sint64(message.timeUs);
                if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== 0)
                    writer.uint32(40).int32(message.source);
                if (message.containerId != null && $Object.hasOwnProperty.call(message, "containerId") && message.containerId !== 0)
                    writer.uint32(48).uint32(message.containerId);
                if (message.podUid != null && $Object.hasOwnProperty.call(message, "podUid") && message.podUid !== 0)
                    writer.uint32(56).uint32(message.podUid);
                if (message.exec != null && $Object.hasOwnProperty.call(message, "exec"))
                    $root.mayfly.v1.Exec.encode(message.exec, writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.exit != null && $Object.hasOwnProperty.call(message, "exit"))
                    $root.mayfly.v1.Exit.encode(message.exit, writer.uint32(90).fork(), _depth + 1).ldelim();
                if (message.connect != null && $Object.hasOwnProperty.call(message, "connect"))
                    $root.mayfly.v1.Connect.encode(message.connect, writer.uint32(98).fork(), _depth + 1).ldelim();
                if (message.accept != null && $Object.hasOwnProperty.call(message, "accept"))
                    $root.mayfly.v1.Accept.encode(message.accept, writer.uint32(106).fork(), _depth + 1).ldelim();
                if (message.close != null && $Object.hasOwnProperty.call(message, "close"))
                    $root.mayfly.v1.Close.encode(message.close, writer.uint32(114).fork(), _depth + 1).ldelim();
                if (message.listen != null && $Object.hasOwnProperty.call(message, "listen"))
                    $root.mayfly.v1.Listen.encode(message.listen, writer.uint32(122).fork(), _depth + 1).ldelim();
                if (message.dns != null && $Object.hasOwnProperty.call(message, "dns"))
                    $root.mayfly.v1.Dns.encode(message.dns, writer.uint32(130).fork(), _depth + 1).ldelim();
                if (message.container != null && $Object.hasOwnProperty.call(message, "container"))
                    $root.mayfly.v1.Container.encode(message.container, writer.uint32(138).fork(), _depth + 1).ldelim();
                if (message.gap != null && $Object.hasOwnProperty.call(message, "gap"))
                    $root.mayfly.v1.Gap.encode(message.gap, writer.uint32(146).fork(), _depth + 1).ldelim();
                if (message.file != null && $Object.hasOwnProperty.call(message, "file"))
                    $root.mayfly.v1.FileFact.encode(message.file, writer.uint32(154).fork(), _depth + 1).ldelim();
                if (message.coverage != null && $Object.hasOwnProperty.call(message, "coverage"))
                    $root.mayfly.v1.Coverage.encode(message.coverage, writer.uint32(162).fork(), _depth + 1).ldelim();
                if (message.pod != null && $Object.hasOwnProperty.call(message, "pod"))
                    $root.mayfly.v1.Pod.encode(message.pod, writer.uint32(170).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Event.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Event();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.bootDeltaNs = value;
                            else
                                delete message.bootDeltaNs;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            message.bootNs = reader.uint64();
                            message._bootNs = "bootNs";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.timeSkewUs = value;
                            else
                                delete message.timeSkewUs;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.timeUs = reader.sint64();
                            message._timeUs = "timeUs";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.source = value;
                            else
                                delete message.source;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.containerId = value;
                            else
                                delete message.containerId;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.podUid = value;
                            else
                                delete message.podUid;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.exec = $root.mayfly.v1.Exec.decode(reader, reader.size(), $undefined, _depth + 1, message.exec);
                            message.kind = "exec";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.exit = $root.mayfly.v1.Exit.decode(reader, reader.size(), $undefined, _depth + 1, message.exit);
                            message.kind = "exit";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.connect = $root.mayfly.v1.Connect.decode(reader, reader.size(), $undefined, _depth + 1, message.connect);
                            message.kind = "connect";
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.accept = $root.mayfly.v1.Accept.decode(reader, reader.size(), $undefined, _depth + 1, message.accept);
                            message.kind = "accept";
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.close = $root.mayfly.v1.Close.decode(reader, reader.size(), $undefined, _depth + 1, message.close);
                            message.kind = "close";
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            message.listen = $root.mayfly.v1.Listen.decode(reader, reader.size(), $undefined, _depth + 1, message.listen);
                            message.kind = "listen";
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            message.dns = $root.mayfly.v1.Dns.decode(reader, reader.size(), $undefined, _depth + 1, message.dns);
                            message.kind = "dns";
                            continue;
                        }
                    case 17: {
                            if (wireType !== 2)
                                break;
                            message.container = $root.mayfly.v1.Container.decode(reader, reader.size(), $undefined, _depth + 1, message.container);
                            message.kind = "container";
                            continue;
                        }
                    case 18: {
                            if (wireType !== 2)
                                break;
                            message.gap = $root.mayfly.v1.Gap.decode(reader, reader.size(), $undefined, _depth + 1, message.gap);
                            message.kind = "gap";
                            continue;
                        }
                    case 19: {
                            if (wireType !== 2)
                                break;
                            message.file = $root.mayfly.v1.FileFact.decode(reader, reader.size(), $undefined, _depth + 1, message.file);
                            message.kind = "file";
                            continue;
                        }
                    case 20: {
                            if (wireType !== 2)
                                break;
                            message.coverage = $root.mayfly.v1.Coverage.decode(reader, reader.size(), $undefined, _depth + 1, message.coverage);
                            message.kind = "coverage";
                            continue;
                        }
                    case 21: {
                            if (wireType !== 2)
                                break;
                            message.pod = $root.mayfly.v1.Pod.decode(reader, reader.size(), $undefined, _depth + 1, message.pod);
                            message.kind = "pod";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Event;
        })();

        v1.EntryKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ENTRY_KIND_UNKNOWN"] = 0;
            values[valuesById[1] = "ENTRY_KIND_INIT"] = 1;
            values[valuesById[2] = "ENTRY_KIND_EXEC"] = 2;
            values[valuesById[3] = "ENTRY_KIND_CHILD"] = 3;
            return values;
        })();

        v1.Exec = (function() {

            const Exec = function (properties) {
                this.argv = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Exec.prototype.process = 0;
            Exec.prototype.parent = 0;
            Exec.prototype.creator = 0;
            Exec.prototype.snapshot = false;
            Exec.prototype.entry = 0;
            Exec.prototype.runtime = false;
            Exec.prototype.nsPidDelta = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Exec.prototype.credentials = 0;
            Exec.prototype.namespaces = 0;
            Exec.prototype.program = 0;
            Exec.prototype.argv = $util.emptyArray;
            Exec.prototype.argvBytes = 0;
            Exec.prototype.argvTruncated = false;
            Exec.prototype.argvEscaped = false;
            Exec.prototype.argvRedacted = 0;
            Exec.prototype.script = null;
            Exec.prototype.interpreter = null;
            Exec.prototype.cwd = 0;
            Exec.prototype.tty = 0;
            Exec.prototype.stdioSockets = 0;
            Exec.prototype.ancestor = 0;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Exec.prototype, "_script", {
                get: $util.oneOfGetter($oneOfFields = ["script"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Exec.prototype, "_interpreter", {
                get: $util.oneOfGetter($oneOfFields = ["interpreter"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Exec.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.process != null && $Object.hasOwnProperty.call(message, "process") && message.process !== 0)
                    writer.uint32(8).uint32(message.process);
                if (message.parent != null && $Object.hasOwnProperty.call(message, "parent") && message.parent !== 0)
                    writer.uint32(16).uint32(message.parent);
                if (message.creator != null && $Object.hasOwnProperty.call(message, "creator") && message.creator !== 0)
                    writer.uint32(24).uint32(message.creator);
                if (message.snapshot != null && $Object.hasOwnProperty.call(message, "snapshot") && message.snapshot !== false)
                    writer.uint32(32).bool(message.snapshot);
                if (message.entry != null && $Object.hasOwnProperty.call(message, "entry") && message.entry !== 0)
                    writer.uint32(40).int32(message.entry);
                if (message.runtime != null && $Object.hasOwnProperty.call(message, "runtime") && message.runtime !== false)
                    writer.uint32(48).bool(message.runtime);
                if (message.nsPidDelta != null && $Object.hasOwnProperty.call(message, "nsPidDelta") && (typeof message.nsPidDelta === "object" ? message.nsPidDelta.low || message.nsPidDelta.high : message.nsPidDelta !== 0))
                    writer.uint32(56).sint64(message.nsPidDelta);
                if (message.credentials != null && $Object.hasOwnProperty.call(message, "credentials") && message.credentials !== 0)
                    writer.uint32(64).uint32(message.credentials);
                if (message.namespaces != null && $Object.hasOwnProperty.call(message, "namespaces") && message.namespaces !== 0)
                    writer.uint32(72).uint32(message.namespaces);
                if (message.program != null && $Object.hasOwnProperty.call(message, "program") && message.program !== 0)
                    writer.uint32(80).uint32(message.program);
                if (message.argv != null && message.argv.length)
                    writer.uint32(90).uint32s(message.argv);
                if (message.argvBytes != null && $Object.hasOwnProperty.call(message, "argvBytes") && message.argvBytes !== 0)
                    writer.uint32(96).uint32(message.argvBytes);
                if (message.argvTruncated != null && $Object.hasOwnProperty.call(message, "argvTruncated") && message.argvTruncated !== false)
                    writer.uint32(104).bool(message.argvTruncated);
                if (message.argvEscaped != null && $Object.hasOwnProperty.call(message, "argvEscaped") && message.argvEscaped !== false)
                    writer.uint32(112).bool(message.argvEscaped);
                if (message.argvRedacted != null && $Object.hasOwnProperty.call(message, "argvRedacted") && message.argvRedacted !== 0)
                    writer.uint32(120).uint32(message.argvRedacted);
                if (message.script != null && $Object.hasOwnProperty.call(message, "script"))
                    writer.uint32(128).uint32(message.script);
                if (message.interpreter != null && $Object.hasOwnProperty.call(message, "interpreter"))
                    writer.uint32(136).uint32(message.interpreter);
                if (message.cwd != null && $Object.hasOwnProperty.call(message, "cwd") && message.cwd !== 0)
                    writer.uint32(144).uint32(message.cwd);
                if (message.tty != null && $Object.hasOwnProperty.call(message, "tty") && message.tty !== 0)
                    writer.uint32(152).uint32(message.tty);
                if (message.stdioSockets != null && $Object.hasOwnProperty.call(message, "stdioSockets") && message.stdioSockets !== 0)
                    writer.uint32(160).uint32(message.stdioSockets);
                if (message.ancestor != null && $Object.hasOwnProperty.call(message, "ancestor") && message.ancestor !== 0)
                    writer.uint32(168).uint32(message.ancestor);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Exec.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Exec();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.process = value;
                            else
                                delete message.process;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.parent = value;
                            else
                                delete message.parent;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.creator = value;
                            else
                                delete message.creator;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.snapshot = value;
                            else
                                delete message.snapshot;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.entry = value;
                            else
                                delete message.entry;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.runtime = value;
                            else
                                delete message.runtime;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.nsPidDelta = value;
                            else
                                delete message.nsPidDelta;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.credentials = value;
                            else
                                delete message.credentials;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.namespaces = value;
                            else
                                delete message.namespaces;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.program = value;
                            else
                                delete message.program;
                            continue;
                        }
                    case 11: {
                            if (wireType === 2) {
                                if (!(message.argv && message.argv.length))
                                    message.argv = [];
                                reader.uint32s(message.argv);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.argv && message.argv.length))
                                message.argv = [];
                            message.argv.push(reader.uint32());
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.argvBytes = value;
                            else
                                delete message.argvBytes;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.argvTruncated = value;
                            else
                                delete message.argvTruncated;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.argvEscaped = value;
                            else
                                delete message.argvEscaped;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.argvRedacted = value;
                            else
                                delete message.argvRedacted;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 0)
                                break;
                            message.script = reader.uint32();
                            message._script = "script";
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            message.interpreter = reader.uint32();
                            message._interpreter = "interpreter";
                            continue;
                        }
                    case 18: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.cwd = value;
                            else
                                delete message.cwd;
                            continue;
                        }
                    case 19: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.tty = value;
                            else
                                delete message.tty;
                            continue;
                        }
                    case 20: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.stdioSockets = value;
                            else
                                delete message.stdioSockets;
                            continue;
                        }
                    case 21: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.ancestor = value;
                            else
                                delete message.ancestor;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Exec;
        })();

        v1.Exit = (function() {

            const Exit = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Exit.prototype.process = 0;
            Exit.prototype.parent = 0;
            Exit.prototype.exe = 0;
            Exit.prototype.nsPidDelta = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Exit.prototype.uid = 0;
            Exit.prototype.exitCode = null;
            Exit.prototype.signal = 0;
            Exit.prototype.coreDumped = false;
            Exit.prototype.lifetimeSkewUs = null;
            Exit.prototype.lifetimeUs = null;
            Exit.prototype.userUs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Exit.prototype.systemUs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Exit.prototype.maxRssBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Exit.prototype.maxRssInherited = false;
            Exit.prototype.forked = false;
            Exit.prototype.runtime = false;
            Exit.prototype.inferred = false;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Exit.prototype, "_exitCode", {
                get: $util.oneOfGetter($oneOfFields = ["exitCode"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Exit.prototype, "_lifetimeSkewUs", {
                get: $util.oneOfGetter($oneOfFields = ["lifetimeSkewUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Exit.prototype, "_lifetimeUs", {
                get: $util.oneOfGetter($oneOfFields = ["lifetimeUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Exit.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.process != null && $Object.hasOwnProperty.call(message, "process") && message.process !== 0)
                    writer.uint32(8).uint32(message.process);
                if (message.parent != null && $Object.hasOwnProperty.call(message, "parent") && message.parent !== 0)
                    writer.uint32(16).uint32(message.parent);
                if (message.exe != null && $Object.hasOwnProperty.call(message, "exe") && message.exe !== 0)
                    writer.uint32(24).uint32(message.exe);
                if (message.nsPidDelta != null && $Object.hasOwnProperty.call(message, "nsPidDelta") && (typeof message.nsPidDelta === "object" ? message.nsPidDelta.low || message.nsPidDelta.high : message.nsPidDelta !== 0))
                    writer.uint32(32).sint64(message.nsPidDelta);
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== 0)
                    writer.uint32(40).uint32(message.uid);
                if (message.exitCode != null && $Object.hasOwnProperty.call(message, "exitCode"))
                    writer.uint32(48).sint32(message.exitCode);
                if (message.signal != null && $Object.hasOwnProperty.call(message, "signal") && message.signal !== 0)
                    writer.uint32(56).uint32(message.signal);
                if (message.coreDumped != null && $Object.hasOwnProperty.call(message, "coreDumped") && message.coreDumped !== false)
                    writer.uint32(64).bool(message.coreDumped);
                if (message.lifetimeSkewUs != null && $Object.hasOwnProperty.call(message, "lifetimeSkewUs"))
                    writer.uint32(72).sint64(message.lifetimeSkewUs);
                if (message.lifetimeUs != null && $Object.hasOwnProperty.call(message, "lifetimeUs"))
                    writer.uint32(80).uint64(message.lifetimeUs);
                if (message.userUs != null && $Object.hasOwnProperty.call(message, "userUs") && (typeof message.userUs === "object" ? message.userUs.low || message.userUs.high : message.userUs !== 0))
                    writer.uint32(88).uint64(message.userUs);
                if (message.systemUs != null && $Object.hasOwnProperty.call(message, "systemUs") && (typeof message.systemUs === "object" ? message.systemUs.low || message.systemUs.high : message.systemUs !== 0))
                    writer.uint32(96).uint64(message.systemUs);
                if (message.maxRssBytes != null && $Object.hasOwnProperty.call(message, "maxRssBytes") && (typeof message.maxRssBytes === "object" ? message.maxRssBytes.low || message.maxRssBytes.high : message.maxRssBytes !== 0))
                    writer.uint32(104).uint64(message.maxRssBytes);
                if (message.maxRssInherited != null && $Object.hasOwnProperty.call(message, "maxRssInherited") && message.maxRssInherited !== false)
                    writer.uint32(112).bool(message.maxRssInherited);
                if (message.forked != null && $Object.hasOwnProperty.call(message, "forked") && message.forked !== false)
                    writer.uint32(120).bool(message.forked);
                if (message.runtime != null && $Object.hasOwnProperty.call(message, "runtime") && message.runtime !== false)
                    writer.uint32(128).bool(message.runtime);
                if (message.inferred != null && $Object.hasOwnProperty.call(message, "inferred") && message.inferred !== false)
                    writer.uint32(136).bool(message.inferred);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Exit.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Exit();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.process = value;
                            else
                                delete message.process;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.parent = value;
                            else
                                delete message.parent;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.exe = value;
                            else
                                delete message.exe;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.nsPidDelta = value;
                            else
                                delete message.nsPidDelta;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            message.exitCode = reader.sint32();
                            message._exitCode = "exitCode";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.signal = value;
                            else
                                delete message.signal;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.coreDumped = value;
                            else
                                delete message.coreDumped;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            message.lifetimeSkewUs = reader.sint64();
                            message._lifetimeSkewUs = "lifetimeSkewUs";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            message.lifetimeUs = reader.uint64();
                            message._lifetimeUs = "lifetimeUs";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.userUs = value;
                            else
                                delete message.userUs;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.systemUs = value;
                            else
                                delete message.systemUs;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.maxRssBytes = value;
                            else
                                delete message.maxRssBytes;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.maxRssInherited = value;
                            else
                                delete message.maxRssInherited;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.forked = value;
                            else
                                delete message.forked;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.runtime = value;
                            else
                                delete message.runtime;
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.inferred = value;
                            else
                                delete message.inferred;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Exit;
        })();

        v1.Transport = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "TRANSPORT_TCP"] = 0;
            values[valuesById[1] = "TRANSPORT_UDP"] = 1;
            return values;
        })();

        v1.Endpoint = (function() {

            const Endpoint = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Endpoint.prototype.address = 0;
            Endpoint.prototype.port = 0;

            Endpoint.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address !== 0)
                    writer.uint32(8).uint32(message.address);
                if (message.port != null && $Object.hasOwnProperty.call(message, "port") && message.port !== 0)
                    writer.uint32(16).uint32(message.port);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Endpoint.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Endpoint();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.address = value;
                            else
                                delete message.address;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.port = value;
                            else
                                delete message.port;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Endpoint;
        })();

        v1.Connection = (function() {

            const Connection = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Connection.prototype.process = 0;
            Connection.prototype.transport = 0;
            Connection.prototype.socket = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Connection.prototype.local = null;
            Connection.prototype.peer = null;
            Connection.prototype.peerName = 0;
            Connection.prototype.count = 0;
            Connection.prototype.exe = 0;
            Connection.prototype.snapshot = false;

            Connection.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.process != null && $Object.hasOwnProperty.call(message, "process") && message.process !== 0)
                    writer.uint32(8).uint32(message.process);
                if (message.transport != null && $Object.hasOwnProperty.call(message, "transport") && message.transport !== 0)
                    writer.uint32(16).int32(message.transport);
                if (message.socket != null && $Object.hasOwnProperty.call(message, "socket") && (typeof message.socket === "object" ? message.socket.low || message.socket.high : message.socket !== 0))
                    writer.uint32(24).uint64(message.socket);
                if (message.local != null && $Object.hasOwnProperty.call(message, "local"))
                    $root.mayfly.v1.Endpoint.encode(message.local, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.peer != null && $Object.hasOwnProperty.call(message, "peer"))
                    $root.mayfly.v1.Endpoint.encode(message.peer, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.peerName != null && $Object.hasOwnProperty.call(message, "peerName") && message.peerName !== 0)
                    writer.uint32(48).uint32(message.peerName);
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                    writer.uint32(56).uint32(message.count);
                if (message.exe != null && $Object.hasOwnProperty.call(message, "exe") && message.exe !== 0)
                    writer.uint32(64).uint32(message.exe);
                if (message.snapshot != null && $Object.hasOwnProperty.call(message, "snapshot") && message.snapshot !== false)
                    writer.uint32(72).bool(message.snapshot);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Connection.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Connection();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.process = value;
                            else
                                delete message.process;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.transport = value;
                            else
                                delete message.transport;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.socket = value;
                            else
                                delete message.socket;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.local = $root.mayfly.v1.Endpoint.decode(reader, reader.size(), $undefined, _depth + 1, message.local);
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.peer = $root.mayfly.v1.Endpoint.decode(reader, reader.size(), $undefined, _depth + 1, message.peer);
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.peerName = value;
                            else
                                delete message.peerName;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.exe = value;
                            else
                                delete message.exe;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.snapshot = value;
                            else
                                delete message.snapshot;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Connection;
        })();

        v1.ConnectOutcome = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CONNECT_OUTCOME_UNKNOWN"] = 0;
            values[valuesById[1] = "CONNECT_OUTCOME_ESTABLISHED"] = 1;
            values[valuesById[2] = "CONNECT_OUTCOME_REFUSED"] = 2;
            values[valuesById[3] = "CONNECT_OUTCOME_RESET"] = 3;
            values[valuesById[4] = "CONNECT_OUTCOME_TIMEOUT"] = 4;
            values[valuesById[5] = "CONNECT_OUTCOME_UNREACHABLE"] = 5;
            values[valuesById[6] = "CONNECT_OUTCOME_ABORTED"] = 6;
            return values;
        })();

        v1.Connect = (function() {

            const Connect = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Connect.prototype.connection = null;
            Connect.prototype.outcome = 0;
            Connect.prototype.latencyUs = null;
            Connect.prototype.maxLatencyUs = null;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Connect.prototype, "_latencyUs", {
                get: $util.oneOfGetter($oneOfFields = ["latencyUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Connect.prototype, "_maxLatencyUs", {
                get: $util.oneOfGetter($oneOfFields = ["maxLatencyUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Connect.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.connection != null && $Object.hasOwnProperty.call(message, "connection"))
                    $root.mayfly.v1.Connection.encode(message.connection, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.outcome != null && $Object.hasOwnProperty.call(message, "outcome") && message.outcome !== 0)
                    writer.uint32(16).int32(message.outcome);
                if (message.latencyUs != null && $Object.hasOwnProperty.call(message, "latencyUs"))
                    writer.uint32(24).uint64(message.latencyUs);
                if (message.maxLatencyUs != null && $Object.hasOwnProperty.call(message, "maxLatencyUs"))
                    writer.uint32(32).uint64(message.maxLatencyUs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Connect.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Connect();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.connection = $root.mayfly.v1.Connection.decode(reader, reader.size(), $undefined, _depth + 1, message.connection);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.outcome = value;
                            else
                                delete message.outcome;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            message.latencyUs = reader.uint64();
                            message._latencyUs = "latencyUs";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.maxLatencyUs = reader.uint64();
                            message._maxLatencyUs = "maxLatencyUs";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Connect;
        })();

        v1.Accept = (function() {

            const Accept = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Accept.prototype.connection = null;

            Accept.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.connection != null && $Object.hasOwnProperty.call(message, "connection"))
                    $root.mayfly.v1.Connection.encode(message.connection, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Accept.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Accept();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.connection = $root.mayfly.v1.Connection.decode(reader, reader.size(), $undefined, _depth + 1, message.connection);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Accept;
        })();

        v1.Direction = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "DIRECTION_OUTBOUND"] = 0;
            values[valuesById[1] = "DIRECTION_INBOUND"] = 1;
            return values;
        })();

        v1.ClosedBy = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CLOSED_BY_UNKNOWN"] = 0;
            values[valuesById[1] = "CLOSED_BY_LOCAL"] = 1;
            values[valuesById[2] = "CLOSED_BY_PEER"] = 2;
            return values;
        })();

        v1.Close = (function() {

            const Close = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Close.prototype.connection = null;
            Close.prototype.ongoing = false;
            Close.prototype.direction = 0;
            Close.prototype.sentBytes = null;
            Close.prototype.receivedBytes = null;
            Close.prototype.durationUs = null;
            Close.prototype.minDurationUs = null;
            Close.prototype.maxDurationUs = null;
            Close.prototype.closedBy = 0;
            Close.prototype.sentPackets = null;
            Close.prototype.receivedPackets = null;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_sentBytes", {
                get: $util.oneOfGetter($oneOfFields = ["sentBytes"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_receivedBytes", {
                get: $util.oneOfGetter($oneOfFields = ["receivedBytes"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_durationUs", {
                get: $util.oneOfGetter($oneOfFields = ["durationUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_minDurationUs", {
                get: $util.oneOfGetter($oneOfFields = ["minDurationUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_maxDurationUs", {
                get: $util.oneOfGetter($oneOfFields = ["maxDurationUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_sentPackets", {
                get: $util.oneOfGetter($oneOfFields = ["sentPackets"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Close.prototype, "_receivedPackets", {
                get: $util.oneOfGetter($oneOfFields = ["receivedPackets"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Close.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.connection != null && $Object.hasOwnProperty.call(message, "connection"))
                    $root.mayfly.v1.Connection.encode(message.connection, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.ongoing != null && $Object.hasOwnProperty.call(message, "ongoing") && message.ongoing !== false)
                    writer.uint32(16).bool(message.ongoing);
                if (message.direction != null && $Object.hasOwnProperty.call(message, "direction") && message.direction !== 0)
                    writer.uint32(24).int32(message.direction);
                if (message.sentBytes != null && $Object.hasOwnProperty.call(message, "sentBytes"))
                    writer.uint32(32).uint64(message.sentBytes);
                if (message.receivedBytes != null && $Object.hasOwnProperty.call(message, "receivedBytes"))
                    writer.uint32(40).uint64(message.receivedBytes);
                if (message.durationUs != null && $Object.hasOwnProperty.call(message, "durationUs"))
                    writer.uint32(48).uint64(message.durationUs);
                if (message.minDurationUs != null && $Object.hasOwnProperty.call(message, "minDurationUs"))
                    writer.uint32(56).uint64(message.minDurationUs);
                if (message.maxDurationUs != null && $Object.hasOwnProperty.call(message, "maxDurationUs"))
                    writer.uint32(64).uint64(message.maxDurationUs);
                if (message.closedBy != null && $Object.hasOwnProperty.call(message, "closedBy") && message.closedBy !== 0)
                    writer.uint32(72).int32(message.closedBy);
                if (message.sentPackets != null && $Object.hasOwnProperty.call(message, "sentPackets"))
                    writer.uint32(80).uint64(message.sentPackets);
                if (message.receivedPackets != null && $Object.hasOwnProperty.call(message, "receivedPackets"))
                    writer.uint32(88).uint64(message.receivedPackets);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Close.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Close();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.connection = $root.mayfly.v1.Connection.decode(reader, reader.size(), $undefined, _depth + 1, message.connection);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.ongoing = value;
                            else
                                delete message.ongoing;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.direction = value;
                            else
                                delete message.direction;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.sentBytes = reader.uint64();
                            message._sentBytes = "sentBytes";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            message.receivedBytes = reader.uint64();
                            message._receivedBytes = "receivedBytes";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            message.durationUs = reader.uint64();
                            message._durationUs = "durationUs";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            message.minDurationUs = reader.uint64();
                            message._minDurationUs = "minDurationUs";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            message.maxDurationUs = reader.uint64();
                            message._maxDurationUs = "maxDurationUs";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.closedBy = value;
                            else
                                delete message.closedBy;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            message.sentPackets = reader.uint64();
                            message._sentPackets = "sentPackets";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            message.receivedPackets = reader.uint64();
                            message._receivedPackets = "receivedPackets";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Close;
        })();

        v1.ListenPhase = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "LISTEN_PHASE_STARTED"] = 0;
            values[valuesById[1] = "LISTEN_PHASE_STOPPED"] = 1;
            return values;
        })();

        v1.Listen = (function() {

            const Listen = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Listen.prototype.process = 0;
            Listen.prototype.transport = 0;
            Listen.prototype.local = null;
            Listen.prototype.exe = 0;
            Listen.prototype.phase = 0;
            Listen.prototype.snapshot = false;

            Listen.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.process != null && $Object.hasOwnProperty.call(message, "process") && message.process !== 0)
                    writer.uint32(8).uint32(message.process);
                if (message.transport != null && $Object.hasOwnProperty.call(message, "transport") && message.transport !== 0)
                    writer.uint32(16).int32(message.transport);
                if (message.local != null && $Object.hasOwnProperty.call(message, "local"))
                    $root.mayfly.v1.Endpoint.encode(message.local, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.exe != null && $Object.hasOwnProperty.call(message, "exe") && message.exe !== 0)
                    writer.uint32(32).uint32(message.exe);
                if (message.phase != null && $Object.hasOwnProperty.call(message, "phase") && message.phase !== 0)
                    writer.uint32(40).int32(message.phase);
                if (message.snapshot != null && $Object.hasOwnProperty.call(message, "snapshot") && message.snapshot !== false)
                    writer.uint32(48).bool(message.snapshot);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Listen.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Listen();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.process = value;
                            else
                                delete message.process;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.transport = value;
                            else
                                delete message.transport;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.local = $root.mayfly.v1.Endpoint.decode(reader, reader.size(), $undefined, _depth + 1, message.local);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.exe = value;
                            else
                                delete message.exe;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.phase = value;
                            else
                                delete message.phase;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.snapshot = value;
                            else
                                delete message.snapshot;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Listen;
        })();

        v1.Dns = (function() {

            const Dns = function (properties) {
                this.answers = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Dns.prototype.process = 0;
            Dns.prototype.exe = 0;
            Dns.prototype.peer = null;
            Dns.prototype.name = 0;
            Dns.prototype.type = 0;
            Dns.prototype.rcode = 0;
            Dns.prototype.answers = $util.emptyArray;
            Dns.prototype.latencyUs = null;
            Dns.prototype.count = 0;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Dns.prototype, "_latencyUs", {
                get: $util.oneOfGetter($oneOfFields = ["latencyUs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Dns.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.process != null && $Object.hasOwnProperty.call(message, "process") && message.process !== 0)
                    writer.uint32(8).uint32(message.process);
                if (message.exe != null && $Object.hasOwnProperty.call(message, "exe") && message.exe !== 0)
                    writer.uint32(16).uint32(message.exe);
                if (message.peer != null && $Object.hasOwnProperty.call(message, "peer"))
                    $root.mayfly.v1.Endpoint.encode(message.peer, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== 0)
                    writer.uint32(32).uint32(message.name);
                if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== 0)
                    writer.uint32(40).uint32(message.type);
                if (message.rcode != null && $Object.hasOwnProperty.call(message, "rcode") && message.rcode !== 0)
                    writer.uint32(48).uint32(message.rcode);
                if (message.answers != null && message.answers.length)
                    writer.uint32(58).uint32s(message.answers);
                if (message.latencyUs != null && $Object.hasOwnProperty.call(message, "latencyUs"))
                    writer.uint32(64).uint64(message.latencyUs);
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                    writer.uint32(72).uint32(message.count);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Dns.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Dns();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.process = value;
                            else
                                delete message.process;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.exe = value;
                            else
                                delete message.exe;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.peer = $root.mayfly.v1.Endpoint.decode(reader, reader.size(), $undefined, _depth + 1, message.peer);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.type = value;
                            else
                                delete message.type;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.rcode = value;
                            else
                                delete message.rcode;
                            continue;
                        }
                    case 7: {
                            if (wireType === 2) {
                                if (!(message.answers && message.answers.length))
                                    message.answers = [];
                                reader.uint32s(message.answers);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.answers && message.answers.length))
                                message.answers = [];
                            message.answers.push(reader.uint32());
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            message.latencyUs = reader.uint64();
                            message._latencyUs = "latencyUs";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Dns;
        })();

        v1.ContainerType = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CONTAINER_TYPE_UNKNOWN"] = 0;
            values[valuesById[1] = "CONTAINER_TYPE_CONTAINER"] = 1;
            values[valuesById[2] = "CONTAINER_TYPE_INIT"] = 2;
            values[valuesById[3] = "CONTAINER_TYPE_EPHEMERAL"] = 3;
            values[valuesById[4] = "CONTAINER_TYPE_SANDBOX"] = 4;
            return values;
        })();

        v1.NameSource = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "NAME_SOURCE_CGROUP"] = 0;
            values[valuesById[1] = "NAME_SOURCE_OCI"] = 1;
            values[valuesById[2] = "NAME_SOURCE_KUBELET"] = 2;
            return values;
        })();

        v1.ContainerPhase = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CONTAINER_PHASE_STARTED"] = 0;
            values[valuesById[1] = "CONTAINER_PHASE_NAMED"] = 1;
            values[valuesById[2] = "CONTAINER_PHASE_ENDED"] = 2;
            return values;
        })();

        v1.Container = (function() {

            const Container = function (properties) {
                this.labels = [];
                this.podIps = [];
                this.hostIps = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Container.prototype.phase = 0;
            Container.prototype.cgroupPath = 0;
            Container.prototype.namespace = 0;
            Container.prototype.pod = 0;
            Container.prototype.container = 0;
            Container.prototype.workload = 0;
            Container.prototype.workloadType = 0;
            Container.prototype.image = 0;
            Container.prototype.imageId = 0;
            Container.prototype.type = 0;
            Container.prototype.runtime = 0;
            Container.prototype.labels = $util.emptyArray;
            Container.prototype.podIps = $util.emptyArray;
            Container.prototype.nameSource = 0;
            Container.prototype.hostIps = $util.emptyArray;
            Container.prototype.hostNetwork = false;
            Container.prototype.serviceAccountToken = false;

            Container.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.phase != null && $Object.hasOwnProperty.call(message, "phase") && message.phase !== 0)
                    writer.uint32(8).int32(message.phase);
                if (message.cgroupPath != null && $Object.hasOwnProperty.call(message, "cgroupPath") && message.cgroupPath !== 0)
                    writer.uint32(16).uint32(message.cgroupPath);
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== 0)
                    writer.uint32(24).uint32(message.namespace);
                if (message.pod != null && $Object.hasOwnProperty.call(message, "pod") && message.pod !== 0)
                    writer.uint32(32).uint32(message.pod);
                if (message.container != null && $Object.hasOwnProperty.call(message, "container") && message.container !== 0)
                    writer.uint32(40).uint32(message.container);
                if (message.workload != null && $Object.hasOwnProperty.call(message, "workload") && message.workload !== 0)
                    writer.uint32(48).uint32(message.workload);
                if (message.workloadType != null && $Object.hasOwnProperty.call(message, "workloadType") && message.workloadType !== 0)
                    writer.uint32(56).uint32(message.workloadType);
                if (message.image != null && $Object.hasOwnProperty.call(message, "image") && message.image !== 0)
                    writer.uint32(64).uint32(message.image);
                if (message.imageId != null && $Object.hasOwnProperty.call(message, "imageId") && message.imageId !== 0)
                    writer.uint32(72).uint32(message.imageId);
                if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== 0)
                    writer.uint32(80).int32(message.type);
                if (message.runtime != null && $Object.hasOwnProperty.call(message, "runtime") && message.runtime !== 0)
                    writer.uint32(88).uint32(message.runtime);
                if (message.labels != null && message.labels.length)
                    writer.uint32(98).uint32s(message.labels);
                if (message.podIps != null && message.podIps.length)
                    writer.uint32(106).uint32s(message.podIps);
                if (message.nameSource != null && $Object.hasOwnProperty.call(message, "nameSource") && message.nameSource !== 0)
                    writer.uint32(112).int32(message.nameSource);
                if (message.hostIps != null && message.hostIps.length)
                    writer.uint32(122).uint32s(message.hostIps);
                if (message.hostNetwork != null && $Object.hasOwnProperty.call(message, "hostNetwork") && message.hostNetwork !== false)
                    writer.uint32(128).bool(message.hostNetwork);
                if (message.serviceAccountToken != null && $Object.hasOwnProperty.call(message, "serviceAccountToken") && message.serviceAccountToken !== false)
                    writer.uint32(136).bool(message.serviceAccountToken);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Container.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Container();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.phase = value;
                            else
                                delete message.phase;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.cgroupPath = value;
                            else
                                delete message.cgroupPath;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.namespace = value;
                            else
                                delete message.namespace;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.pod = value;
                            else
                                delete message.pod;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.container = value;
                            else
                                delete message.container;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.workload = value;
                            else
                                delete message.workload;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.workloadType = value;
                            else
                                delete message.workloadType;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.image = value;
                            else
                                delete message.image;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.imageId = value;
                            else
                                delete message.imageId;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.type = value;
                            else
                                delete message.type;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.runtime = value;
                            else
                                delete message.runtime;
                            continue;
                        }
                    case 12: {
                            if (wireType === 2) {
                                if (!(message.labels && message.labels.length))
                                    message.labels = [];
                                reader.uint32s(message.labels);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.labels && message.labels.length))
                                message.labels = [];
                            message.labels.push(reader.uint32());
                            continue;
                        }
                    case 13: {
                            if (wireType === 2) {
                                if (!(message.podIps && message.podIps.length))
                                    message.podIps = [];
                                reader.uint32s(message.podIps);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.podIps && message.podIps.length))
                                message.podIps = [];
                            message.podIps.push(reader.uint32());
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.nameSource = value;
                            else
                                delete message.nameSource;
                            continue;
                        }
                    case 15: {
                            if (wireType === 2) {
                                if (!(message.hostIps && message.hostIps.length))
                                    message.hostIps = [];
                                reader.uint32s(message.hostIps);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.hostIps && message.hostIps.length))
                                message.hostIps = [];
                            message.hostIps.push(reader.uint32());
                            continue;
                        }
                    case 16: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.hostNetwork = value;
                            else
                                delete message.hostNetwork;
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.serviceAccountToken = value;
                            else
                                delete message.serviceAccountToken;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Container;
        })();

        v1.GapReason = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "GAP_REASON_RING_FULL"] = 0;
            values[valuesById[1] = "GAP_REASON_AGENT_ABSENT"] = 1;
            values[valuesById[2] = "GAP_REASON_AGENT_RESTART"] = 2;
            values[valuesById[3] = "GAP_REASON_BLIND"] = 3;
            values[valuesById[4] = "GAP_REASON_QUEUE_FULL"] = 4;
            values[valuesById[5] = "GAP_REASON_SPOOL_FULL"] = 5;
            values[valuesById[6] = "GAP_REASON_SPOOL_CORRUPT"] = 6;
            values[valuesById[7] = "GAP_REASON_SPOOL_FAILED"] = 7;
            values[valuesById[8] = "GAP_REASON_DECODE_FAILED"] = 8;
            values[valuesById[9] = "GAP_REASON_POISON"] = 9;
            values[valuesById[10] = "GAP_REASON_OVERLOAD"] = 10;
            values[valuesById[11] = "GAP_REASON_CLOCK"] = 11;
            values[valuesById[12] = "GAP_REASON_SPOOL_EXPIRED"] = 12;
            return values;
        })();

        v1.Gap = (function() {

            const Gap = function (properties) {
                this.affects = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Gap.prototype.reason = 0;
            Gap.prototype.lost = null;
            Gap.prototype.fromUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Gap.prototype.toUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Gap.prototype.affects = $util.emptyArray;
            Gap.prototype.replaces = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Gap.prototype, "_lost", {
                get: $util.oneOfGetter($oneOfFields = ["lost"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Gap.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(8).int32(message.reason);
                if (message.lost != null && $Object.hasOwnProperty.call(message, "lost"))
                    writer.uint32(16).uint64(message.lost);
                if (message.fromUs != null && $Object.hasOwnProperty.call(message, "fromUs") && (typeof message.fromUs === "object" ? message.fromUs.low || message.fromUs.high : message.fromUs !== 0))
                    writer.uint32(24).sint64(message.fromUs);
                if (message.toUs != null && $Object.hasOwnProperty.call(message, "toUs") && (typeof message.toUs === "object" ? message.toUs.low || message.toUs.high : message.toUs !== 0))
                    writer.uint32(32).sint64(message.toUs);
                if (message.affects != null && message.affects.length)
                    writer.uint32(42).int32s(message.affects);
                if (message.replaces != null && $Object.hasOwnProperty.call(message, "replaces") && (typeof message.replaces === "object" ? message.replaces.low || message.replaces.high : message.replaces !== 0))
                    writer.uint32(48).uint64(message.replaces);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Gap.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Gap();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            message.lost = reader.uint64();
                            message._lost = "lost";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.fromUs = value;
                            else
                                delete message.fromUs;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.toUs = value;
                            else
                                delete message.toUs;
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.affects && message.affects.length))
                                    message.affects = [];
                                reader.int32s(message.affects);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.affects && message.affects.length))
                                message.affects = [];
                            message.affects.push(reader.int32());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.replaces = value;
                            else
                                delete message.replaces;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Gap;
        })();

        v1.PodSeverity = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "POD_SEVERITY_NORMAL"] = 0;
            values[valuesById[1] = "POD_SEVERITY_WARNING"] = 1;
            return values;
        })();

        v1.Pod = (function() {

            const Pod = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Pod.prototype.reason = 0;
            Pod.prototype.message = 0;
            Pod.prototype.severity = 0;
            Pod.prototype.reporter = 0;
            Pod.prototype.count = 0;
            Pod.prototype.firstUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Pod.prototype.exitCode = null;

            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Pod.prototype, "_exitCode", {
                get: $util.oneOfGetter($oneOfFields = ["exitCode"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Pod.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(8).uint32(message.reason);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== 0)
                    writer.uint32(16).uint32(message.message);
                if (message.severity != null && $Object.hasOwnProperty.call(message, "severity") && message.severity !== 0)
                    writer.uint32(24).int32(message.severity);
                if (message.reporter != null && $Object.hasOwnProperty.call(message, "reporter") && message.reporter !== 0)
                    writer.uint32(32).uint32(message.reporter);
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                    writer.uint32(40).uint32(message.count);
                if (message.firstUs != null && $Object.hasOwnProperty.call(message, "firstUs") && (typeof message.firstUs === "object" ? message.firstUs.low || message.firstUs.high : message.firstUs !== 0))
                    writer.uint32(48).sint64(message.firstUs);
                if (message.exitCode != null && $Object.hasOwnProperty.call(message, "exitCode"))
                    writer.uint32(56).uint32(message.exitCode);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Pod.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Pod();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.severity = value;
                            else
                                delete message.severity;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.reporter = value;
                            else
                                delete message.reporter;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstUs = value;
                            else
                                delete message.firstUs;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            message.exitCode = reader.uint32();
                            message._exitCode = "exitCode";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Pod;
        })();

        v1.FileState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "FILE_STATE_HASHED"] = 0;
            values[valuesById[1] = "FILE_STATE_MISSED"] = 1;
            values[valuesById[2] = "FILE_STATE_SKIPPED"] = 2;
            return values;
        })();

        v1.FileFact = (function() {

            const FileFact = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            FileFact.prototype.path = 0;
            FileFact.prototype.file = null;
            FileFact.prototype.sizeBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            FileFact.prototype.sha256 = 0;
            FileFact.prototype.state = 0;

            FileFact.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== 0)
                    writer.uint32(8).uint32(message.path);
                if (message.file != null && $Object.hasOwnProperty.call(message, "file"))
                    $root.mayfly.v1.FileKey.encode(message.file, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.sizeBytes != null && $Object.hasOwnProperty.call(message, "sizeBytes") && (typeof message.sizeBytes === "object" ? message.sizeBytes.low || message.sizeBytes.high : message.sizeBytes !== 0))
                    writer.uint32(24).uint64(message.sizeBytes);
                if (message.sha256 != null && $Object.hasOwnProperty.call(message, "sha256") && message.sha256 !== 0)
                    writer.uint32(32).uint32(message.sha256);
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(40).int32(message.state);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            FileFact.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.FileFact();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.file = $root.mayfly.v1.FileKey.decode(reader, reader.size(), $undefined, _depth + 1, message.file);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sizeBytes = value;
                            else
                                delete message.sizeBytes;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.sha256 = value;
                            else
                                delete message.sha256;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return FileFact;
        })();

        v1.Coverage = (function() {

            const Coverage = function (properties) {
                this.complete = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Coverage.prototype.fromUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Coverage.prototype.toUs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
            Coverage.prototype.complete = $util.emptyArray;

            Coverage.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.fromUs != null && $Object.hasOwnProperty.call(message, "fromUs") && (typeof message.fromUs === "object" ? message.fromUs.low || message.fromUs.high : message.fromUs !== 0))
                    writer.uint32(8).sint64(message.fromUs);
                if (message.toUs != null && $Object.hasOwnProperty.call(message, "toUs") && (typeof message.toUs === "object" ? message.toUs.low || message.toUs.high : message.toUs !== 0))
                    writer.uint32(16).sint64(message.toUs);
                if (message.complete != null && message.complete.length)
                    writer.uint32(26).int32s(message.complete);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Coverage.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Coverage();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.fromUs = value;
                            else
                                delete message.fromUs;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.sint64()) === "object" ? value.low || value.high : value !== 0)
                                message.toUs = value;
                            else
                                delete message.toUs;
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.complete && message.complete.length))
                                    message.complete = [];
                                reader.int32s(message.complete);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.complete && message.complete.length))
                                message.complete = [];
                            message.complete.push(reader.int32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Coverage;
        })();

        v1.Frame = (function() {

            const Frame = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Frame.prototype.hello = null;
            Frame.prototype.welcome = null;
            Frame.prototype.batch = null;
            Frame.prototype.ack = null;
            Frame.prototype.nack = null;
            Frame.prototype.credit = null;
            Frame.prototype.status = null;
            Frame.prototype.goodbye = null;
            Frame.prototype.notice = null;

            let $oneOfFields;

            $Object.defineProperty(Frame.prototype, "frame", {
                get: $util.oneOfGetter($oneOfFields = ["hello", "welcome", "batch", "ack", "nack", "credit", "status", "goodbye", "notice"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            Frame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                    $root.mayfly.v1.Hello.encode(message.hello, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.welcome != null && $Object.hasOwnProperty.call(message, "welcome"))
                    $root.mayfly.v1.Welcome.encode(message.welcome, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.batch != null && $Object.hasOwnProperty.call(message, "batch"))
                    $root.mayfly.v1.Batch.encode(message.batch, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                    $root.mayfly.v1.Ack.encode(message.ack, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.nack != null && $Object.hasOwnProperty.call(message, "nack"))
                    $root.mayfly.v1.Nack.encode(message.nack, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.credit != null && $Object.hasOwnProperty.call(message, "credit"))
                    $root.mayfly.v1.Credit.encode(message.credit, writer.uint32(50).fork(), _depth + 1).ldelim();
                if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
                    $root.mayfly.v1.Status.encode(message.status, writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.goodbye != null && $Object.hasOwnProperty.call(message, "goodbye"))
                    $root.mayfly.v1.Goodbye.encode(message.goodbye, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.notice != null && $Object.hasOwnProperty.call(message, "notice"))
                    $root.mayfly.v1.Notice.encode(message.notice, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Frame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Frame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.hello = $root.mayfly.v1.Hello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                            message.frame = "hello";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.welcome = $root.mayfly.v1.Welcome.decode(reader, reader.size(), $undefined, _depth + 1, message.welcome);
                            message.frame = "welcome";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.batch = $root.mayfly.v1.Batch.decode(reader, reader.size(), $undefined, _depth + 1, message.batch);
                            message.frame = "batch";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.ack = $root.mayfly.v1.Ack.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                            message.frame = "ack";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.nack = $root.mayfly.v1.Nack.decode(reader, reader.size(), $undefined, _depth + 1, message.nack);
                            message.frame = "nack";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.credit = $root.mayfly.v1.Credit.decode(reader, reader.size(), $undefined, _depth + 1, message.credit);
                            message.frame = "credit";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.status = $root.mayfly.v1.Status.decode(reader, reader.size(), $undefined, _depth + 1, message.status);
                            message.frame = "status";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.goodbye = $root.mayfly.v1.Goodbye.decode(reader, reader.size(), $undefined, _depth + 1, message.goodbye);
                            message.frame = "goodbye";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.notice = $root.mayfly.v1.Notice.decode(reader, reader.size(), $undefined, _depth + 1, message.notice);
                            message.frame = "notice";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Frame;
        })();

        v1.Hello = (function() {

            const Hello = function (properties) {
                this.capabilities = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Hello.prototype.agent = "";
            Hello.prototype.node = "";
            Hello.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Hello.prototype.protocolVersion = 0;
            Hello.prototype.agentVersion = "";
            Hello.prototype.capabilities = $util.emptyArray;
            Hello.prototype.kernel = "";
            Hello.prototype.firstUnackedSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Hello.prototype.lastUnackedSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Hello.prototype.backlog = false;
            Hello.prototype.oldestProtocolVersion = 0;

            Hello.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.agent != null && $Object.hasOwnProperty.call(message, "agent") && message.agent !== "")
                    writer.uint32(10).string(message.agent);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(18).string(message.node);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(24).uint64(message.epoch);
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(32).uint32(message.protocolVersion);
                if (message.agentVersion != null && $Object.hasOwnProperty.call(message, "agentVersion") && message.agentVersion !== "")
                    writer.uint32(42).string(message.agentVersion);
                if (message.capabilities != null && message.capabilities.length)
                    for (let i = 0; i < message.capabilities.length; ++i)
                        writer.uint32(50).string(message.capabilities[i]);
                if (message.kernel != null && $Object.hasOwnProperty.call(message, "kernel") && message.kernel !== "")
                    writer.uint32(58).string(message.kernel);
                if (message.firstUnackedSeq != null && $Object.hasOwnProperty.call(message, "firstUnackedSeq") && (typeof message.firstUnackedSeq === "object" ? message.firstUnackedSeq.low || message.firstUnackedSeq.high : message.firstUnackedSeq !== 0))
                    writer.uint32(64).uint64(message.firstUnackedSeq);
                if (message.lastUnackedSeq != null && $Object.hasOwnProperty.call(message, "lastUnackedSeq") && (typeof message.lastUnackedSeq === "object" ? message.lastUnackedSeq.low || message.lastUnackedSeq.high : message.lastUnackedSeq !== 0))
                    writer.uint32(72).uint64(message.lastUnackedSeq);
                if (message.backlog != null && $Object.hasOwnProperty.call(message, "backlog") && message.backlog !== false)
                    writer.uint32(80).bool(message.backlog);
                if (message.oldestProtocolVersion != null && $Object.hasOwnProperty.call(message, "oldestProtocolVersion") && message.oldestProtocolVersion !== 0)
                    writer.uint32(88).uint32(message.oldestProtocolVersion);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Hello.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Hello();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.agent = value;
                            else
                                delete message.agent;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.agentVersion = value;
                            else
                                delete message.agentVersion;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.capabilities && message.capabilities.length))
                                message.capabilities = [];
                            message.capabilities.push(reader.stringVerify());
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.kernel = value;
                            else
                                delete message.kernel;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstUnackedSeq = value;
                            else
                                delete message.firstUnackedSeq;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lastUnackedSeq = value;
                            else
                                delete message.lastUnackedSeq;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.backlog = value;
                            else
                                delete message.backlog;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.oldestProtocolVersion = value;
                            else
                                delete message.oldestProtocolVersion;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Hello;
        })();

        v1.Welcome = (function() {

            const Welcome = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Welcome.prototype.resumeFrom = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Welcome.prototype.creditBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Welcome.prototype.maxFrameBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Welcome.prototype.maxBatchRawBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Welcome.prototype.protocolVersion = 0;
            Welcome.prototype.collectorVersion = "";

            Welcome.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.resumeFrom != null && $Object.hasOwnProperty.call(message, "resumeFrom") && (typeof message.resumeFrom === "object" ? message.resumeFrom.low || message.resumeFrom.high : message.resumeFrom !== 0))
                    writer.uint32(8).uint64(message.resumeFrom);
                if (message.creditBytes != null && $Object.hasOwnProperty.call(message, "creditBytes") && (typeof message.creditBytes === "object" ? message.creditBytes.low || message.creditBytes.high : message.creditBytes !== 0))
                    writer.uint32(16).uint64(message.creditBytes);
                if (message.maxFrameBytes != null && $Object.hasOwnProperty.call(message, "maxFrameBytes") && (typeof message.maxFrameBytes === "object" ? message.maxFrameBytes.low || message.maxFrameBytes.high : message.maxFrameBytes !== 0))
                    writer.uint32(24).uint64(message.maxFrameBytes);
                if (message.maxBatchRawBytes != null && $Object.hasOwnProperty.call(message, "maxBatchRawBytes") && (typeof message.maxBatchRawBytes === "object" ? message.maxBatchRawBytes.low || message.maxBatchRawBytes.high : message.maxBatchRawBytes !== 0))
                    writer.uint32(32).uint64(message.maxBatchRawBytes);
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(40).uint32(message.protocolVersion);
                if (message.collectorVersion != null && $Object.hasOwnProperty.call(message, "collectorVersion") && message.collectorVersion !== "")
                    writer.uint32(50).string(message.collectorVersion);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Welcome.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Welcome();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.resumeFrom = value;
                            else
                                delete message.resumeFrom;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.creditBytes = value;
                            else
                                delete message.creditBytes;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.maxFrameBytes = value;
                            else
                                delete message.maxFrameBytes;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.maxBatchRawBytes = value;
                            else
                                delete message.maxBatchRawBytes;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.collectorVersion = value;
                            else
                                delete message.collectorVersion;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Welcome;
        })();

        v1.Totals = (function() {

            const Totals = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Totals.prototype.captured = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Totals.prototype.filtered = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Totals.prototype.unknownGaps = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            Totals.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.captured != null && $Object.hasOwnProperty.call(message, "captured") && (typeof message.captured === "object" ? message.captured.low || message.captured.high : message.captured !== 0))
                    writer.uint32(8).uint64(message.captured);
                if (message.filtered != null && $Object.hasOwnProperty.call(message, "filtered") && (typeof message.filtered === "object" ? message.filtered.low || message.filtered.high : message.filtered !== 0))
                    writer.uint32(16).uint64(message.filtered);
                if (message.unknownGaps != null && $Object.hasOwnProperty.call(message, "unknownGaps") && (typeof message.unknownGaps === "object" ? message.unknownGaps.low || message.unknownGaps.high : message.unknownGaps !== 0))
                    writer.uint32(24).uint64(message.unknownGaps);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Totals.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Totals();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.captured = value;
                            else
                                delete message.captured;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.filtered = value;
                            else
                                delete message.filtered;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.unknownGaps = value;
                            else
                                delete message.unknownGaps;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Totals;
        })();

        v1.Compression = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "COMPRESSION_ZSTD"] = 0;
            return values;
        })();

        v1.Batch = (function() {

            const Batch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Batch.prototype.firstSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Batch.prototype.count = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Batch.prototype.compression = 0;
            Batch.prototype.rawBytes = 0;
            Batch.prototype.payload = $util.newBuffer([]);
            Batch.prototype.before = null;
            Batch.prototype.after = null;

            Batch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.firstSeq != null && $Object.hasOwnProperty.call(message, "firstSeq") && (typeof message.firstSeq === "object" ? message.firstSeq.low || message.firstSeq.high : message.firstSeq !== 0))
                    writer.uint32(8).uint64(message.firstSeq);
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && (typeof message.count === "object" ? message.count.low || message.count.high : message.count !== 0))
                    writer.uint32(16).uint64(message.count);
                if (message.compression != null && $Object.hasOwnProperty.call(message, "compression") && message.compression !== 0)
                    writer.uint32(24).int32(message.compression);
                if (message.rawBytes != null && $Object.hasOwnProperty.call(message, "rawBytes") && message.rawBytes !== 0)
                    writer.uint32(32).uint32(message.rawBytes);
                if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                    writer.uint32(42).bytes(message.payload);
                if (message.before != null && $Object.hasOwnProperty.call(message, "before"))
                    $root.mayfly.v1.Totals.encode(message.before, writer.uint32(50).fork(), _depth + 1).ldelim();
                if (message.after != null && $Object.hasOwnProperty.call(message, "after"))
                    $root.mayfly.v1.Totals.encode(message.after, writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Batch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Batch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstSeq = value;
                            else
                                delete message.firstSeq;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.compression = value;
                            else
                                delete message.compression;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.rawBytes = value;
                            else
                                delete message.rawBytes;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.payload = value;
                            else
                                delete message.payload;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.before = $root.mayfly.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.before);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.after = $root.mayfly.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.after);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Batch;
        })();

        v1.Ack = (function() {

            const Ack = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Ack.prototype.durableSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            Ack.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.durableSeq != null && $Object.hasOwnProperty.call(message, "durableSeq") && (typeof message.durableSeq === "object" ? message.durableSeq.low || message.durableSeq.high : message.durableSeq !== 0))
                    writer.uint32(8).uint64(message.durableSeq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Ack.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Ack();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.durableSeq = value;
                            else
                                delete message.durableSeq;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Ack;
        })();

        v1.NackReason = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "NACK_REASON_UNSPECIFIED"] = 0;
            values[valuesById[1] = "NACK_REASON_BUSY"] = 1;
            values[valuesById[2] = "NACK_REASON_HOLE"] = 2;
            values[valuesById[3] = "NACK_REASON_CONFLICT"] = 3;
            values[valuesById[4] = "NACK_REASON_VERSION"] = 4;
            values[valuesById[5] = "NACK_REASON_PROTOCOL"] = 5;
            values[valuesById[6] = "NACK_REASON_IDENTITY"] = 6;
            return values;
        })();

        v1.Nack = (function() {

            const Nack = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Nack.prototype.reason = 0;
            Nack.prototype.retryAfterMs = 0;
            Nack.prototype.detail = "";

            Nack.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(8).int32(message.reason);
                if (message.retryAfterMs != null && $Object.hasOwnProperty.call(message, "retryAfterMs") && message.retryAfterMs !== 0)
                    writer.uint32(16).uint32(message.retryAfterMs);
                if (message.detail != null && $Object.hasOwnProperty.call(message, "detail") && message.detail !== "")
                    writer.uint32(26).string(message.detail);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Nack.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Nack();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.retryAfterMs = value;
                            else
                                delete message.retryAfterMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.detail = value;
                            else
                                delete message.detail;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Nack;
        })();

        v1.Credit = (function() {

            const Credit = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Credit.prototype.bytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            Credit.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.bytes != null && $Object.hasOwnProperty.call(message, "bytes") && (typeof message.bytes === "object" ? message.bytes.low || message.bytes.high : message.bytes !== 0))
                    writer.uint32(8).uint64(message.bytes);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Credit.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Credit();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.bytes = value;
                            else
                                delete message.bytes;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Credit;
        })();

        v1.SourceState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "SOURCE_STATE_RUNNING"] = 0;
            values[valuesById[1] = "SOURCE_STATE_DEGRADED"] = 1;
            values[valuesById[2] = "SOURCE_STATE_FAILED"] = 2;
            return values;
        })();

        v1.SourceHealth = (function() {

            const SourceHealth = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            SourceHealth.prototype.name = "";
            SourceHealth.prototype.state = 0;
            SourceHealth.prototype.detail = "";

            SourceHealth.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(10).string(message.name);
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(16).int32(message.state);
                if (message.detail != null && $Object.hasOwnProperty.call(message, "detail") && message.detail !== "")
                    writer.uint32(26).string(message.detail);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            SourceHealth.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.SourceHealth();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.detail = value;
                            else
                                delete message.detail;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SourceHealth;
        })();

        v1.EpochState = (function() {

            const EpochState = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            EpochState.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            EpochState.prototype.firstUnackedSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            EpochState.prototype.lastSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            EpochState.prototype.totals = null;

            EpochState.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(8).uint64(message.epoch);
                if (message.firstUnackedSeq != null && $Object.hasOwnProperty.call(message, "firstUnackedSeq") && (typeof message.firstUnackedSeq === "object" ? message.firstUnackedSeq.low || message.firstUnackedSeq.high : message.firstUnackedSeq !== 0))
                    writer.uint32(16).uint64(message.firstUnackedSeq);
                if (message.lastSeq != null && $Object.hasOwnProperty.call(message, "lastSeq") && (typeof message.lastSeq === "object" ? message.lastSeq.low || message.lastSeq.high : message.lastSeq !== 0))
                    writer.uint32(24).uint64(message.lastSeq);
                if (message.totals != null && $Object.hasOwnProperty.call(message, "totals"))
                    $root.mayfly.v1.Totals.encode(message.totals, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            EpochState.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.EpochState();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstUnackedSeq = value;
                            else
                                delete message.firstUnackedSeq;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lastSeq = value;
                            else
                                delete message.lastSeq;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.totals = $root.mayfly.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.totals);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return EpochState;
        })();

        v1.Ledger = (function() {

            const Ledger = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Ledger.prototype.captured = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Ledger.prototype.filtered = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Ledger.prototype.lost = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Ledger.prototype.spooled = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Ledger.prototype.acked = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            Ledger.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.captured != null && $Object.hasOwnProperty.call(message, "captured") && (typeof message.captured === "object" ? message.captured.low || message.captured.high : message.captured !== 0))
                    writer.uint32(8).uint64(message.captured);
                if (message.filtered != null && $Object.hasOwnProperty.call(message, "filtered") && (typeof message.filtered === "object" ? message.filtered.low || message.filtered.high : message.filtered !== 0))
                    writer.uint32(16).uint64(message.filtered);
                if (message.lost != null && $Object.hasOwnProperty.call(message, "lost") && (typeof message.lost === "object" ? message.lost.low || message.lost.high : message.lost !== 0))
                    writer.uint32(24).uint64(message.lost);
                if (message.spooled != null && $Object.hasOwnProperty.call(message, "spooled") && (typeof message.spooled === "object" ? message.spooled.low || message.spooled.high : message.spooled !== 0))
                    writer.uint32(32).uint64(message.spooled);
                if (message.acked != null && $Object.hasOwnProperty.call(message, "acked") && (typeof message.acked === "object" ? message.acked.low || message.acked.high : message.acked !== 0))
                    writer.uint32(40).uint64(message.acked);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Ledger.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Ledger();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.captured = value;
                            else
                                delete message.captured;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.filtered = value;
                            else
                                delete message.filtered;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lost = value;
                            else
                                delete message.lost;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.spooled = value;
                            else
                                delete message.spooled;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.acked = value;
                            else
                                delete message.acked;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Ledger;
        })();

        v1.Status = (function() {

            const Status = function (properties) {
                this.sources = [];
                this.epochs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Status.prototype.ledger = null;
            Status.prototype.sources = $util.emptyArray;
            Status.prototype.lastSeq = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Status.prototype.spoolBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
            Status.prototype.epochs = $util.emptyArray;
            Status.prototype.kernelUnaccounted = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            Status.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.ledger != null && $Object.hasOwnProperty.call(message, "ledger"))
                    $root.mayfly.v1.Ledger.encode(message.ledger, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.sources != null && message.sources.length)
                    for (let i = 0; i < message.sources.length; ++i)
                        $root.mayfly.v1.SourceHealth.encode(message.sources[i], writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.lastSeq != null && $Object.hasOwnProperty.call(message, "lastSeq") && (typeof message.lastSeq === "object" ? message.lastSeq.low || message.lastSeq.high : message.lastSeq !== 0))
                    writer.uint32(24).uint64(message.lastSeq);
                if (message.spoolBytes != null && $Object.hasOwnProperty.call(message, "spoolBytes") && (typeof message.spoolBytes === "object" ? message.spoolBytes.low || message.spoolBytes.high : message.spoolBytes !== 0))
                    writer.uint32(32).uint64(message.spoolBytes);
                if (message.epochs != null && message.epochs.length)
                    for (let i = 0; i < message.epochs.length; ++i)
                        $root.mayfly.v1.EpochState.encode(message.epochs[i], writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.kernelUnaccounted != null && $Object.hasOwnProperty.call(message, "kernelUnaccounted") && (typeof message.kernelUnaccounted === "object" ? message.kernelUnaccounted.low || message.kernelUnaccounted.high : message.kernelUnaccounted !== 0))
                    writer.uint32(48).uint64(message.kernelUnaccounted);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Status.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Status();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.ledger = $root.mayfly.v1.Ledger.decode(reader, reader.size(), $undefined, _depth + 1, message.ledger);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.sources && message.sources.length))
                                message.sources = [];
                            message.sources.push($root.mayfly.v1.SourceHealth.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lastSeq = value;
                            else
                                delete message.lastSeq;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.spoolBytes = value;
                            else
                                delete message.spoolBytes;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.epochs && message.epochs.length))
                                message.epochs = [];
                            message.epochs.push($root.mayfly.v1.EpochState.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.kernelUnaccounted = value;
                            else
                                delete message.kernelUnaccounted;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Status;
        })();

        v1.NoticeState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "NOTICE_STATE_WELL"] = 0;
            values[valuesById[1] = "NOTICE_STATE_STORE_FAILING"] = 1;
            return values;
        })();

        v1.Notice = (function() {

            const Notice = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Notice.prototype.state = 0;
            Notice.prototype.detail = "";

            Notice.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(8).int32(message.state);
                if (message.detail != null && $Object.hasOwnProperty.call(message, "detail") && message.detail !== "")
                    writer.uint32(18).string(message.detail);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Notice.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Notice();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.detail = value;
                            else
                                delete message.detail;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Notice;
        })();

        v1.Goodbye = (function() {

            const Goodbye = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Goodbye.prototype.reason = "";

            Goodbye.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(10).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            Goodbye.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.mayfly.v1.Goodbye();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Goodbye;
        })();

        return v1;
    })();

    return mayfly;
})();

export {
  $root as default
};
