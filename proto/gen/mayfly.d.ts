import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace mayfly. */
export namespace mayfly {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a Chunk.
         * @deprecated Use mayfly.v1.Chunk.$Properties instead.
         */
        interface IChunk extends mayfly.v1.Chunk.$Properties {
        }

        /** Represents a Chunk. */
        class Chunk {

            /**
             * Constructs a new Chunk.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Chunk.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Chunk firstSeq. */
            firstSeq: number;

            /** Chunk boot. */
            boot: string;

            /** Chunk ringId. */
            ringId: number;

            /** Chunk ringPosition. */
            ringPosition: number;

            /** Chunk wallOffsetUs. */
            wallOffsetUs: number;

            /** Chunk strings. */
            strings: string[];

            /** Chunk processes. */
            processes: mayfly.v1.ProcessKey[];

            /** Chunk namespaces. */
            namespaces: mayfly.v1.Namespaces[];

            /** Chunk credentials. */
            credentials: mayfly.v1.Credentials[];

            /** Chunk programs. */
            programs: mayfly.v1.Program[];

            /** Chunk events. */
            events: mayfly.v1.Event[];

            /**
             * Encodes the specified Chunk message. Does not implicitly {@link mayfly.v1.Chunk.verify|verify} messages.
             * @param message Chunk message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Chunk.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Chunk message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Chunk & mayfly.v1.Chunk.$Shape} Chunk
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Chunk & mayfly.v1.Chunk.$Shape;
        }

        namespace Chunk {

            /** Properties of a Chunk. */
            interface $Properties {

                /** Chunk firstSeq */
                firstSeq?: number;

                /** Chunk boot */
                boot?: string;

                /** Chunk ringId */
                ringId?: number;

                /** Chunk ringPosition */
                ringPosition?: number;

                /** Chunk wallOffsetUs */
                wallOffsetUs?: number;

                /** Chunk strings */
                strings?: string[];

                /** Chunk processes */
                processes?: mayfly.v1.ProcessKey.$Properties[];

                /** Chunk namespaces */
                namespaces?: mayfly.v1.Namespaces.$Properties[];

                /** Chunk credentials */
                credentials?: mayfly.v1.Credentials.$Properties[];

                /** Chunk programs */
                programs?: mayfly.v1.Program.$Properties[];

                /** Chunk events */
                events?: mayfly.v1.Event.$Properties[];

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Chunk. */
            type $Shape = {
              firstSeq?: number;
              boot?: string;
              ringId?: number;
              ringPosition?: number;
              wallOffsetUs?: number;
              strings?: string[];
              processes?: mayfly.v1.ProcessKey.$Shape[];
              namespaces?: mayfly.v1.Namespaces.$Shape[];
              credentials?: mayfly.v1.Credentials.$Shape[];
              programs?: mayfly.v1.Program.$Shape[];
              events?: mayfly.v1.Event.$Shape[];
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a ChunkList.
         * @deprecated Use mayfly.v1.ChunkList.$Properties instead.
         */
        interface IChunkList extends mayfly.v1.ChunkList.$Properties {
        }

        /** Represents a ChunkList. */
        class ChunkList {

            /**
             * Constructs a new ChunkList.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.ChunkList.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ChunkList chunks. */
            chunks: mayfly.v1.Chunk[];

            /**
             * Encodes the specified ChunkList message. Does not implicitly {@link mayfly.v1.ChunkList.verify|verify} messages.
             * @param message ChunkList message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.ChunkList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ChunkList message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.ChunkList & mayfly.v1.ChunkList.$Shape} ChunkList
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.ChunkList & mayfly.v1.ChunkList.$Shape;
        }

        namespace ChunkList {

            /** Properties of a ChunkList. */
            interface $Properties {

                /** ChunkList chunks */
                chunks?: mayfly.v1.Chunk.$Properties[];

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ChunkList. */
            type $Shape = {
              chunks?: mayfly.v1.Chunk.$Shape[];
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a ProcessKey.
         * @deprecated Use mayfly.v1.ProcessKey.$Properties instead.
         */
        interface IProcessKey extends mayfly.v1.ProcessKey.$Properties {
        }

        /** Represents a ProcessKey. */
        class ProcessKey {

            /**
             * Constructs a new ProcessKey.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.ProcessKey.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProcessKey pidDelta. */
            pidDelta: number;

            /** ProcessKey startDeltaNs. */
            startDeltaNs: number;

            /** ProcessKey startNs. */
            startNs: (number|null);

            /**
             * Encodes the specified ProcessKey message. Does not implicitly {@link mayfly.v1.ProcessKey.verify|verify} messages.
             * @param message ProcessKey message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.ProcessKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProcessKey message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.ProcessKey & mayfly.v1.ProcessKey.$Shape} ProcessKey
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.ProcessKey & mayfly.v1.ProcessKey.$Shape;
        }

        namespace ProcessKey {

            /** Properties of a ProcessKey. */
            interface $Properties {

                /** ProcessKey pidDelta */
                pidDelta?: number;

                /** ProcessKey startDeltaNs */
                startDeltaNs?: number;

                /** ProcessKey startNs */
                startNs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProcessKey. */
            type $Shape = mayfly.v1.ProcessKey.$Properties;
        }

        /**
         * Properties of a Namespaces.
         * @deprecated Use mayfly.v1.Namespaces.$Properties instead.
         */
        interface INamespaces extends mayfly.v1.Namespaces.$Properties {
        }

        /** Represents a Namespaces. */
        class Namespaces {

            /**
             * Constructs a new Namespaces.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Namespaces.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Namespaces mnt. */
            mnt: number;

            /** Namespaces pid. */
            pid: number;

            /** Namespaces net. */
            net: number;

            /** Namespaces user. */
            user: number;

            /** Namespaces uts. */
            uts: number;

            /** Namespaces ipc. */
            ipc: number;

            /** Namespaces cgroup. */
            cgroup: number;

            /**
             * Encodes the specified Namespaces message. Does not implicitly {@link mayfly.v1.Namespaces.verify|verify} messages.
             * @param message Namespaces message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Namespaces.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Namespaces message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Namespaces & mayfly.v1.Namespaces.$Shape} Namespaces
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Namespaces & mayfly.v1.Namespaces.$Shape;
        }

        namespace Namespaces {

            /** Properties of a Namespaces. */
            interface $Properties {

                /** Namespaces mnt */
                mnt?: number;

                /** Namespaces pid */
                pid?: number;

                /** Namespaces net */
                net?: number;

                /** Namespaces user */
                user?: number;

                /** Namespaces uts */
                uts?: number;

                /** Namespaces ipc */
                ipc?: number;

                /** Namespaces cgroup */
                cgroup?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Namespaces. */
            type $Shape = mayfly.v1.Namespaces.$Properties;
        }

        /**
         * Properties of a Credentials.
         * @deprecated Use mayfly.v1.Credentials.$Properties instead.
         */
        interface ICredentials extends mayfly.v1.Credentials.$Properties {
        }

        /** Represents a Credentials. */
        class Credentials {

            /**
             * Constructs a new Credentials.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Credentials.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Credentials uid. */
            uid: number;

            /** Credentials gid. */
            gid: number;

            /** Credentials euid. */
            euid: number;

            /** Credentials loginUid. */
            loginUid: (number|null);

            /** Credentials capabilities. */
            capabilities: number;

            /**
             * Encodes the specified Credentials message. Does not implicitly {@link mayfly.v1.Credentials.verify|verify} messages.
             * @param message Credentials message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Credentials.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Credentials message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Credentials & mayfly.v1.Credentials.$Shape} Credentials
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Credentials & mayfly.v1.Credentials.$Shape;
        }

        namespace Credentials {

            /** Properties of a Credentials. */
            interface $Properties {

                /** Credentials uid */
                uid?: number;

                /** Credentials gid */
                gid?: number;

                /** Credentials euid */
                euid?: number;

                /** Credentials loginUid */
                loginUid?: (number|null);

                /** Credentials capabilities */
                capabilities?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Credentials. */
            type $Shape = mayfly.v1.Credentials.$Properties;
        }

        /**
         * Properties of a FileKey.
         * @deprecated Use mayfly.v1.FileKey.$Properties instead.
         */
        interface IFileKey extends mayfly.v1.FileKey.$Properties {
        }

        /** Represents a FileKey. */
        class FileKey {

            /**
             * Constructs a new FileKey.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.FileKey.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FileKey device. */
            device: number;

            /** FileKey inode. */
            inode: number;

            /** FileKey ctimeUs. */
            ctimeUs: number;

            /**
             * Encodes the specified FileKey message. Does not implicitly {@link mayfly.v1.FileKey.verify|verify} messages.
             * @param message FileKey message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.FileKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FileKey message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.FileKey & mayfly.v1.FileKey.$Shape} FileKey
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.FileKey & mayfly.v1.FileKey.$Shape;
        }

        namespace FileKey {

            /** Properties of a FileKey. */
            interface $Properties {

                /** FileKey device */
                device?: number;

                /** FileKey inode */
                inode?: number;

                /** FileKey ctimeUs */
                ctimeUs?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FileKey. */
            type $Shape = mayfly.v1.FileKey.$Properties;
        }

        /**
         * Properties of a Program.
         * @deprecated Use mayfly.v1.Program.$Properties instead.
         */
        interface IProgram extends mayfly.v1.Program.$Properties {
        }

        /** Represents a Program. */
        class Program {

            /**
             * Constructs a new Program.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Program.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Program exe. */
            exe: number;

            /** Program file. */
            file: (mayfly.v1.FileKey|null);

            /** Program fileMode. */
            fileMode: number;

            /** Program fileOrigin. */
            fileOrigin: mayfly.v1.FileOrigin;

            /**
             * Encodes the specified Program message. Does not implicitly {@link mayfly.v1.Program.verify|verify} messages.
             * @param message Program message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Program.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Program message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Program & mayfly.v1.Program.$Shape} Program
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Program & mayfly.v1.Program.$Shape;
        }

        namespace Program {

            /** Properties of a Program. */
            interface $Properties {

                /** Program exe */
                exe?: number;

                /** Program file */
                file?: (mayfly.v1.FileKey.$Properties|null);

                /** Program fileMode */
                fileMode?: number;

                /** Program fileOrigin */
                fileOrigin?: mayfly.v1.FileOrigin;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Program. */
            type $Shape = mayfly.v1.Program.$Properties;
        }

        /** FileOrigin enum. */
        enum FileOrigin {

            /** FILE_ORIGIN_UNKNOWN value */
            FILE_ORIGIN_UNKNOWN = 0,

            /** FILE_ORIGIN_IMAGE value */
            FILE_ORIGIN_IMAGE = 1,

            /** FILE_ORIGIN_COPIED_UP value */
            FILE_ORIGIN_COPIED_UP = 2,

            /** FILE_ORIGIN_DROPPED value */
            FILE_ORIGIN_DROPPED = 3,

            /** FILE_ORIGIN_VOLUME value */
            FILE_ORIGIN_VOLUME = 4,

            /** FILE_ORIGIN_MEMFD value */
            FILE_ORIGIN_MEMFD = 5,

            /** FILE_ORIGIN_HOST value */
            FILE_ORIGIN_HOST = 6
        }

        /** Source enum. */
        enum Source {

            /** SOURCE_EBPF value */
            SOURCE_EBPF = 0,

            /** SOURCE_PROCFS value */
            SOURCE_PROCFS = 1
        }

        /** EventKind enum. */
        enum EventKind {

            /** EVENT_KIND_EXEC value */
            EVENT_KIND_EXEC = 0,

            /** EVENT_KIND_EXIT value */
            EVENT_KIND_EXIT = 1,

            /** EVENT_KIND_CONNECT value */
            EVENT_KIND_CONNECT = 2,

            /** EVENT_KIND_ACCEPT value */
            EVENT_KIND_ACCEPT = 3,

            /** EVENT_KIND_CLOSE value */
            EVENT_KIND_CLOSE = 4,

            /** EVENT_KIND_LISTEN value */
            EVENT_KIND_LISTEN = 5,

            /** EVENT_KIND_DNS value */
            EVENT_KIND_DNS = 6,

            /** EVENT_KIND_CONTAINER value */
            EVENT_KIND_CONTAINER = 7,

            /** EVENT_KIND_GAP value */
            EVENT_KIND_GAP = 8,

            /** EVENT_KIND_POD value */
            EVENT_KIND_POD = 9
        }

        /**
         * Properties of an Event.
         * @deprecated Use mayfly.v1.Event.$Properties instead.
         */
        interface IEvent extends mayfly.v1.Event.$Properties {
        }

        /** Represents an Event. */
        class Event {

            /**
             * Constructs a new Event.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Event.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Event bootDeltaNs. */
            bootDeltaNs: number;

            /** Event bootNs. */
            bootNs: (number|null);

            /** Event timeSkewUs. */
            timeSkewUs: number;

            /** Event timeUs. */
            timeUs: (number|null);

            /** Event source. */
            source: mayfly.v1.Source;

            /** Event containerId. */
            containerId: number;

            /** Event podUid. */
            podUid: number;

            /** Event exec. */
            exec: (mayfly.v1.Exec|null);

            /** Event exit. */
            exit: (mayfly.v1.Exit|null);

            /** Event connect. */
            connect: (mayfly.v1.Connect|null);

            /** Event accept. */
            accept: (mayfly.v1.Accept|null);

            /** Event close. */
            close: (mayfly.v1.Close|null);

            /** Event listen. */
            listen: (mayfly.v1.Listen|null);

            /** Event dns. */
            dns: (mayfly.v1.Dns|null);

            /** Event container. */
            container: (mayfly.v1.Container|null);

            /** Event gap. */
            gap: (mayfly.v1.Gap|null);

            /** Event file. */
            file: (mayfly.v1.FileFact|null);

            /** Event coverage. */
            coverage: (mayfly.v1.Coverage|null);

            /** Event pod. */
            pod: (mayfly.v1.Pod|null);

            /** Event kind. */
            kind?: ("exec"|"exit"|"connect"|"accept"|"close"|"listen"|"dns"|"container"|"gap"|"file"|"coverage"|"pod");

            /**
             * Encodes the specified Event message. Does not implicitly {@link mayfly.v1.Event.verify|verify} messages.
             * @param message Event message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Event.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Event message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Event & mayfly.v1.Event.$Shape} Event
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Event & mayfly.v1.Event.$Shape;
        }

        namespace Event {

            /** Properties of an Event. */
            interface $Properties {

                /** Event bootDeltaNs */
                bootDeltaNs?: number;

                /** Event bootNs */
                bootNs?: (number|null);

                /** Event timeSkewUs */
                timeSkewUs?: number;

                /** Event timeUs */
                timeUs?: (number|null);

                /** Event source */
                source?: mayfly.v1.Source;

                /** Event containerId */
                containerId?: number;

                /** Event podUid */
                podUid?: number;

                /** Event exec */
                exec?: (mayfly.v1.Exec.$Properties|null);

                /** Event exit */
                exit?: (mayfly.v1.Exit.$Properties|null);

                /** Event connect */
                connect?: (mayfly.v1.Connect.$Properties|null);

                /** Event accept */
                accept?: (mayfly.v1.Accept.$Properties|null);

                /** Event close */
                close?: (mayfly.v1.Close.$Properties|null);

                /** Event listen */
                listen?: (mayfly.v1.Listen.$Properties|null);

                /** Event dns */
                dns?: (mayfly.v1.Dns.$Properties|null);

                /** Event container */
                container?: (mayfly.v1.Container.$Properties|null);

                /** Event gap */
                gap?: (mayfly.v1.Gap.$Properties|null);

                /** Event file */
                file?: (mayfly.v1.FileFact.$Properties|null);

                /** Event coverage */
                coverage?: (mayfly.v1.Coverage.$Properties|null);

                /** Event pod */
                pod?: (mayfly.v1.Pod.$Properties|null);

                /** Event kind */
                kind?: ("exec"|"exit"|"connect"|"accept"|"close"|"listen"|"dns"|"container"|"gap"|"file"|"coverage"|"pod");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Event. */
            type $Shape = {
              bootDeltaNs?: number;
              bootNs?: number|null;
              timeSkewUs?: number;
              timeUs?: number|null;
              source?: mayfly.v1.Source;
              containerId?: number;
              podUid?: number;
              exec?: mayfly.v1.Exec.$Shape|null;
              exit?: mayfly.v1.Exit.$Shape|null;
              connect?: mayfly.v1.Connect.$Shape|null;
              accept?: mayfly.v1.Accept.$Shape|null;
              close?: mayfly.v1.Close.$Shape|null;
              listen?: mayfly.v1.Listen.$Shape|null;
              dns?: mayfly.v1.Dns.$Shape|null;
              container?: mayfly.v1.Container.$Shape|null;
              gap?: mayfly.v1.Gap.$Shape|null;
              file?: mayfly.v1.FileFact.$Shape|null;
              coverage?: mayfly.v1.Coverage.$Shape|null;
              pod?: mayfly.v1.Pod.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "exec"; exec: mayfly.v1.Exec.$Shape; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "exit"; exec?: null; exit: mayfly.v1.Exit.$Shape; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "connect"; exec?: null; exit?: null; connect: mayfly.v1.Connect.$Shape; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "accept"; exec?: null; exit?: null; connect?: null; accept: mayfly.v1.Accept.$Shape; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "close"; exec?: null; exit?: null; connect?: null; accept?: null; close: mayfly.v1.Close.$Shape; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "listen"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen: mayfly.v1.Listen.$Shape; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "dns"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns: mayfly.v1.Dns.$Shape; container?: null; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "container"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container: mayfly.v1.Container.$Shape; gap?: null; file?: null; coverage?: null; pod?: null }|{ kind?: "gap"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap: mayfly.v1.Gap.$Shape; file?: null; coverage?: null; pod?: null }|{ kind?: "file"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file: mayfly.v1.FileFact.$Shape; coverage?: null; pod?: null }|{ kind?: "coverage"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage: mayfly.v1.Coverage.$Shape; pod?: null }|{ kind?: "pod"; exec?: null; exit?: null; connect?: null; accept?: null; close?: null; listen?: null; dns?: null; container?: null; gap?: null; file?: null; coverage?: null; pod: mayfly.v1.Pod.$Shape })
            );
        }

        /** EntryKind enum. */
        enum EntryKind {

            /** ENTRY_KIND_UNKNOWN value */
            ENTRY_KIND_UNKNOWN = 0,

            /** ENTRY_KIND_INIT value */
            ENTRY_KIND_INIT = 1,

            /** ENTRY_KIND_EXEC value */
            ENTRY_KIND_EXEC = 2,

            /** ENTRY_KIND_CHILD value */
            ENTRY_KIND_CHILD = 3
        }

        /**
         * Properties of an Exec.
         * @deprecated Use mayfly.v1.Exec.$Properties instead.
         */
        interface IExec extends mayfly.v1.Exec.$Properties {
        }

        /** Represents an Exec. */
        class Exec {

            /**
             * Constructs a new Exec.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Exec.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Exec process. */
            process: number;

            /** Exec parent. */
            parent: number;

            /** Exec creator. */
            creator: number;

            /** Exec snapshot. */
            snapshot: boolean;

            /** Exec entry. */
            entry: mayfly.v1.EntryKind;

            /** Exec runtime. */
            runtime: boolean;

            /** Exec nsPidDelta. */
            nsPidDelta: number;

            /** Exec credentials. */
            credentials: number;

            /** Exec namespaces. */
            namespaces: number;

            /** Exec program. */
            program: number;

            /** Exec argv. */
            argv: number[];

            /** Exec argvBytes. */
            argvBytes: number;

            /** Exec argvTruncated. */
            argvTruncated: boolean;

            /** Exec argvEscaped. */
            argvEscaped: boolean;

            /** Exec argvRedacted. */
            argvRedacted: number;

            /** Exec script. */
            script: (number|null);

            /** Exec interpreter. */
            interpreter: (number|null);

            /** Exec cwd. */
            cwd: number;

            /** Exec tty. */
            tty: number;

            /** Exec stdioSockets. */
            stdioSockets: number;

            /** Exec ancestor. */
            ancestor: number;

            /**
             * Encodes the specified Exec message. Does not implicitly {@link mayfly.v1.Exec.verify|verify} messages.
             * @param message Exec message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Exec.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Exec message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Exec & mayfly.v1.Exec.$Shape} Exec
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Exec & mayfly.v1.Exec.$Shape;
        }

        namespace Exec {

            /** Properties of an Exec. */
            interface $Properties {

                /** Exec process */
                process?: number;

                /** Exec parent */
                parent?: number;

                /** Exec creator */
                creator?: number;

                /** Exec snapshot */
                snapshot?: boolean;

                /** Exec entry */
                entry?: mayfly.v1.EntryKind;

                /** Exec runtime */
                runtime?: boolean;

                /** Exec nsPidDelta */
                nsPidDelta?: number;

                /** Exec credentials */
                credentials?: number;

                /** Exec namespaces */
                namespaces?: number;

                /** Exec program */
                program?: number;

                /** Exec argv */
                argv?: number[];

                /** Exec argvBytes */
                argvBytes?: number;

                /** Exec argvTruncated */
                argvTruncated?: boolean;

                /** Exec argvEscaped */
                argvEscaped?: boolean;

                /** Exec argvRedacted */
                argvRedacted?: number;

                /** Exec script */
                script?: (number|null);

                /** Exec interpreter */
                interpreter?: (number|null);

                /** Exec cwd */
                cwd?: number;

                /** Exec tty */
                tty?: number;

                /** Exec stdioSockets */
                stdioSockets?: number;

                /** Exec ancestor */
                ancestor?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Exec. */
            type $Shape = mayfly.v1.Exec.$Properties;
        }

        /**
         * Properties of an Exit.
         * @deprecated Use mayfly.v1.Exit.$Properties instead.
         */
        interface IExit extends mayfly.v1.Exit.$Properties {
        }

        /** Represents an Exit. */
        class Exit {

            /**
             * Constructs a new Exit.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Exit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Exit process. */
            process: number;

            /** Exit parent. */
            parent: number;

            /** Exit exe. */
            exe: number;

            /** Exit nsPidDelta. */
            nsPidDelta: number;

            /** Exit uid. */
            uid: number;

            /** Exit exitCode. */
            exitCode: (number|null);

            /** Exit signal. */
            signal: number;

            /** Exit coreDumped. */
            coreDumped: boolean;

            /** Exit lifetimeSkewUs. */
            lifetimeSkewUs: (number|null);

            /** Exit lifetimeUs. */
            lifetimeUs: (number|null);

            /** Exit userUs. */
            userUs: number;

            /** Exit systemUs. */
            systemUs: number;

            /** Exit maxRssBytes. */
            maxRssBytes: number;

            /** Exit maxRssInherited. */
            maxRssInherited: boolean;

            /** Exit forked. */
            forked: boolean;

            /** Exit runtime. */
            runtime: boolean;

            /** Exit inferred. */
            inferred: boolean;

            /**
             * Encodes the specified Exit message. Does not implicitly {@link mayfly.v1.Exit.verify|verify} messages.
             * @param message Exit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Exit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Exit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Exit & mayfly.v1.Exit.$Shape} Exit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Exit & mayfly.v1.Exit.$Shape;
        }

        namespace Exit {

            /** Properties of an Exit. */
            interface $Properties {

                /** Exit process */
                process?: number;

                /** Exit parent */
                parent?: number;

                /** Exit exe */
                exe?: number;

                /** Exit nsPidDelta */
                nsPidDelta?: number;

                /** Exit uid */
                uid?: number;

                /** Exit exitCode */
                exitCode?: (number|null);

                /** Exit signal */
                signal?: number;

                /** Exit coreDumped */
                coreDumped?: boolean;

                /** Exit lifetimeSkewUs */
                lifetimeSkewUs?: (number|null);

                /** Exit lifetimeUs */
                lifetimeUs?: (number|null);

                /** Exit userUs */
                userUs?: number;

                /** Exit systemUs */
                systemUs?: number;

                /** Exit maxRssBytes */
                maxRssBytes?: number;

                /** Exit maxRssInherited */
                maxRssInherited?: boolean;

                /** Exit forked */
                forked?: boolean;

                /** Exit runtime */
                runtime?: boolean;

                /** Exit inferred */
                inferred?: boolean;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Exit. */
            type $Shape = mayfly.v1.Exit.$Properties;
        }

        /** Transport enum. */
        enum Transport {

            /** TRANSPORT_TCP value */
            TRANSPORT_TCP = 0,

            /** TRANSPORT_UDP value */
            TRANSPORT_UDP = 1
        }

        /**
         * Properties of an Endpoint.
         * @deprecated Use mayfly.v1.Endpoint.$Properties instead.
         */
        interface IEndpoint extends mayfly.v1.Endpoint.$Properties {
        }

        /** Represents an Endpoint. */
        class Endpoint {

            /**
             * Constructs a new Endpoint.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Endpoint.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Endpoint address. */
            address: number;

            /** Endpoint port. */
            port: number;

            /**
             * Encodes the specified Endpoint message. Does not implicitly {@link mayfly.v1.Endpoint.verify|verify} messages.
             * @param message Endpoint message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Endpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Endpoint message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Endpoint & mayfly.v1.Endpoint.$Shape} Endpoint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Endpoint & mayfly.v1.Endpoint.$Shape;
        }

        namespace Endpoint {

            /** Properties of an Endpoint. */
            interface $Properties {

                /** Endpoint address */
                address?: number;

                /** Endpoint port */
                port?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Endpoint. */
            type $Shape = mayfly.v1.Endpoint.$Properties;
        }

        /**
         * Properties of a Connection.
         * @deprecated Use mayfly.v1.Connection.$Properties instead.
         */
        interface IConnection extends mayfly.v1.Connection.$Properties {
        }

        /** Represents a Connection. */
        class Connection {

            /**
             * Constructs a new Connection.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Connection.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Connection process. */
            process: number;

            /** Connection transport. */
            transport: mayfly.v1.Transport;

            /** Connection socket. */
            socket: number;

            /** Connection local. */
            local: mayfly.v1.Endpoint;

            /** Connection peer. */
            peer: mayfly.v1.Endpoint;

            /** Connection peerName. */
            peerName: number;

            /** Connection count. */
            count: number;

            /** Connection exe. */
            exe: number;

            /** Connection snapshot. */
            snapshot: boolean;

            /**
             * Encodes the specified Connection message. Does not implicitly {@link mayfly.v1.Connection.verify|verify} messages.
             * @param message Connection message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Connection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Connection message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Connection & mayfly.v1.Connection.$Shape} Connection
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Connection & mayfly.v1.Connection.$Shape;
        }

        namespace Connection {

            /** Properties of a Connection. */
            interface $Properties {

                /** Connection process */
                process?: number;

                /** Connection transport */
                transport?: mayfly.v1.Transport;

                /** Connection socket */
                socket?: number;

                /** Connection local */
                local?: mayfly.v1.Endpoint.$Properties;

                /** Connection peer */
                peer?: mayfly.v1.Endpoint.$Properties;

                /** Connection peerName */
                peerName?: number;

                /** Connection count */
                count?: number;

                /** Connection exe */
                exe?: number;

                /** Connection snapshot */
                snapshot?: boolean;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Connection. */
            type $Shape = mayfly.v1.Connection.$Properties;
        }

        /** ConnectOutcome enum. */
        enum ConnectOutcome {

            /** CONNECT_OUTCOME_UNKNOWN value */
            CONNECT_OUTCOME_UNKNOWN = 0,

            /** CONNECT_OUTCOME_ESTABLISHED value */
            CONNECT_OUTCOME_ESTABLISHED = 1,

            /** CONNECT_OUTCOME_REFUSED value */
            CONNECT_OUTCOME_REFUSED = 2,

            /** CONNECT_OUTCOME_RESET value */
            CONNECT_OUTCOME_RESET = 3,

            /** CONNECT_OUTCOME_TIMEOUT value */
            CONNECT_OUTCOME_TIMEOUT = 4,

            /** CONNECT_OUTCOME_UNREACHABLE value */
            CONNECT_OUTCOME_UNREACHABLE = 5,

            /** CONNECT_OUTCOME_ABORTED value */
            CONNECT_OUTCOME_ABORTED = 6
        }

        /**
         * Properties of a Connect.
         * @deprecated Use mayfly.v1.Connect.$Properties instead.
         */
        interface IConnect extends mayfly.v1.Connect.$Properties {
        }

        /** Represents a Connect. */
        class Connect {

            /**
             * Constructs a new Connect.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Connect.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Connect connection. */
            connection: mayfly.v1.Connection;

            /** Connect outcome. */
            outcome: mayfly.v1.ConnectOutcome;

            /** Connect latencyUs. */
            latencyUs: (number|null);

            /** Connect maxLatencyUs. */
            maxLatencyUs: (number|null);

            /**
             * Encodes the specified Connect message. Does not implicitly {@link mayfly.v1.Connect.verify|verify} messages.
             * @param message Connect message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Connect.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Connect message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Connect & mayfly.v1.Connect.$Shape} Connect
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Connect & mayfly.v1.Connect.$Shape;
        }

        namespace Connect {

            /** Properties of a Connect. */
            interface $Properties {

                /** Connect connection */
                connection?: mayfly.v1.Connection.$Properties;

                /** Connect outcome */
                outcome?: mayfly.v1.ConnectOutcome;

                /** Connect latencyUs */
                latencyUs?: (number|null);

                /** Connect maxLatencyUs */
                maxLatencyUs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Connect. */
            type $Shape = mayfly.v1.Connect.$Properties;
        }

        /**
         * Properties of an Accept.
         * @deprecated Use mayfly.v1.Accept.$Properties instead.
         */
        interface IAccept extends mayfly.v1.Accept.$Properties {
        }

        /** Represents an Accept. */
        class Accept {

            /**
             * Constructs a new Accept.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Accept.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Accept connection. */
            connection: mayfly.v1.Connection;

            /**
             * Encodes the specified Accept message. Does not implicitly {@link mayfly.v1.Accept.verify|verify} messages.
             * @param message Accept message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Accept.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Accept message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Accept & mayfly.v1.Accept.$Shape} Accept
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Accept & mayfly.v1.Accept.$Shape;
        }

        namespace Accept {

            /** Properties of an Accept. */
            interface $Properties {

                /** Accept connection */
                connection?: mayfly.v1.Connection.$Properties;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Accept. */
            type $Shape = mayfly.v1.Accept.$Properties;
        }

        /** Direction enum. */
        enum Direction {

            /** DIRECTION_OUTBOUND value */
            DIRECTION_OUTBOUND = 0,

            /** DIRECTION_INBOUND value */
            DIRECTION_INBOUND = 1
        }

        /** ClosedBy enum. */
        enum ClosedBy {

            /** CLOSED_BY_UNKNOWN value */
            CLOSED_BY_UNKNOWN = 0,

            /** CLOSED_BY_LOCAL value */
            CLOSED_BY_LOCAL = 1,

            /** CLOSED_BY_PEER value */
            CLOSED_BY_PEER = 2
        }

        /**
         * Properties of a Close.
         * @deprecated Use mayfly.v1.Close.$Properties instead.
         */
        interface IClose extends mayfly.v1.Close.$Properties {
        }

        /** Represents a Close. */
        class Close {

            /**
             * Constructs a new Close.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Close.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Close connection. */
            connection: mayfly.v1.Connection;

            /** Close ongoing. */
            ongoing: boolean;

            /** Close direction. */
            direction: mayfly.v1.Direction;

            /** Close sentBytes. */
            sentBytes: (number|null);

            /** Close receivedBytes. */
            receivedBytes: (number|null);

            /** Close durationUs. */
            durationUs: (number|null);

            /** Close minDurationUs. */
            minDurationUs: (number|null);

            /** Close maxDurationUs. */
            maxDurationUs: (number|null);

            /** Close closedBy. */
            closedBy: mayfly.v1.ClosedBy;

            /** Close sentPackets. */
            sentPackets: (number|null);

            /** Close receivedPackets. */
            receivedPackets: (number|null);

            /**
             * Encodes the specified Close message. Does not implicitly {@link mayfly.v1.Close.verify|verify} messages.
             * @param message Close message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Close.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Close message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Close & mayfly.v1.Close.$Shape} Close
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Close & mayfly.v1.Close.$Shape;
        }

        namespace Close {

            /** Properties of a Close. */
            interface $Properties {

                /** Close connection */
                connection?: mayfly.v1.Connection.$Properties;

                /** Close ongoing */
                ongoing?: boolean;

                /** Close direction */
                direction?: mayfly.v1.Direction;

                /** Close sentBytes */
                sentBytes?: (number|null);

                /** Close receivedBytes */
                receivedBytes?: (number|null);

                /** Close durationUs */
                durationUs?: (number|null);

                /** Close minDurationUs */
                minDurationUs?: (number|null);

                /** Close maxDurationUs */
                maxDurationUs?: (number|null);

                /** Close closedBy */
                closedBy?: mayfly.v1.ClosedBy;

                /** Close sentPackets */
                sentPackets?: (number|null);

                /** Close receivedPackets */
                receivedPackets?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Close. */
            type $Shape = mayfly.v1.Close.$Properties;
        }

        /** ListenPhase enum. */
        enum ListenPhase {

            /** LISTEN_PHASE_STARTED value */
            LISTEN_PHASE_STARTED = 0,

            /** LISTEN_PHASE_STOPPED value */
            LISTEN_PHASE_STOPPED = 1
        }

        /**
         * Properties of a Listen.
         * @deprecated Use mayfly.v1.Listen.$Properties instead.
         */
        interface IListen extends mayfly.v1.Listen.$Properties {
        }

        /** Represents a Listen. */
        class Listen {

            /**
             * Constructs a new Listen.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Listen.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Listen process. */
            process: number;

            /** Listen transport. */
            transport: mayfly.v1.Transport;

            /** Listen local. */
            local: mayfly.v1.Endpoint;

            /** Listen exe. */
            exe: number;

            /** Listen phase. */
            phase: mayfly.v1.ListenPhase;

            /** Listen snapshot. */
            snapshot: boolean;

            /**
             * Encodes the specified Listen message. Does not implicitly {@link mayfly.v1.Listen.verify|verify} messages.
             * @param message Listen message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Listen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Listen message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Listen & mayfly.v1.Listen.$Shape} Listen
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Listen & mayfly.v1.Listen.$Shape;
        }

        namespace Listen {

            /** Properties of a Listen. */
            interface $Properties {

                /** Listen process */
                process?: number;

                /** Listen transport */
                transport?: mayfly.v1.Transport;

                /** Listen local */
                local?: mayfly.v1.Endpoint.$Properties;

                /** Listen exe */
                exe?: number;

                /** Listen phase */
                phase?: mayfly.v1.ListenPhase;

                /** Listen snapshot */
                snapshot?: boolean;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Listen. */
            type $Shape = mayfly.v1.Listen.$Properties;
        }

        /**
         * Properties of a Dns.
         * @deprecated Use mayfly.v1.Dns.$Properties instead.
         */
        interface IDns extends mayfly.v1.Dns.$Properties {
        }

        /** Represents a Dns. */
        class Dns {

            /**
             * Constructs a new Dns.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Dns.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Dns process. */
            process: number;

            /** Dns exe. */
            exe: number;

            /** Dns peer. */
            peer: mayfly.v1.Endpoint;

            /** Dns name. */
            name: number;

            /** Dns type. */
            type: number;

            /** Dns rcode. */
            rcode: number;

            /** Dns answers. */
            answers: number[];

            /** Dns latencyUs. */
            latencyUs: (number|null);

            /** Dns count. */
            count: number;

            /**
             * Encodes the specified Dns message. Does not implicitly {@link mayfly.v1.Dns.verify|verify} messages.
             * @param message Dns message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Dns.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Dns message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Dns & mayfly.v1.Dns.$Shape} Dns
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Dns & mayfly.v1.Dns.$Shape;
        }

        namespace Dns {

            /** Properties of a Dns. */
            interface $Properties {

                /** Dns process */
                process?: number;

                /** Dns exe */
                exe?: number;

                /** Dns peer */
                peer?: mayfly.v1.Endpoint.$Properties;

                /** Dns name */
                name?: number;

                /** Dns type */
                type?: number;

                /** Dns rcode */
                rcode?: number;

                /** Dns answers */
                answers?: number[];

                /** Dns latencyUs */
                latencyUs?: (number|null);

                /** Dns count */
                count?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Dns. */
            type $Shape = mayfly.v1.Dns.$Properties;
        }

        /** ContainerType enum. */
        enum ContainerType {

            /** CONTAINER_TYPE_UNKNOWN value */
            CONTAINER_TYPE_UNKNOWN = 0,

            /** CONTAINER_TYPE_CONTAINER value */
            CONTAINER_TYPE_CONTAINER = 1,

            /** CONTAINER_TYPE_INIT value */
            CONTAINER_TYPE_INIT = 2,

            /** CONTAINER_TYPE_EPHEMERAL value */
            CONTAINER_TYPE_EPHEMERAL = 3,

            /** CONTAINER_TYPE_SANDBOX value */
            CONTAINER_TYPE_SANDBOX = 4
        }

        /** NameSource enum. */
        enum NameSource {

            /** NAME_SOURCE_CGROUP value */
            NAME_SOURCE_CGROUP = 0,

            /** NAME_SOURCE_OCI value */
            NAME_SOURCE_OCI = 1,

            /** NAME_SOURCE_KUBELET value */
            NAME_SOURCE_KUBELET = 2
        }

        /** ContainerPhase enum. */
        enum ContainerPhase {

            /** CONTAINER_PHASE_STARTED value */
            CONTAINER_PHASE_STARTED = 0,

            /** CONTAINER_PHASE_NAMED value */
            CONTAINER_PHASE_NAMED = 1,

            /** CONTAINER_PHASE_ENDED value */
            CONTAINER_PHASE_ENDED = 2
        }

        /**
         * Properties of a Container.
         * @deprecated Use mayfly.v1.Container.$Properties instead.
         */
        interface IContainer extends mayfly.v1.Container.$Properties {
        }

        /** Represents a Container. */
        class Container {

            /**
             * Constructs a new Container.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Container.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Container phase. */
            phase: mayfly.v1.ContainerPhase;

            /** Container cgroupPath. */
            cgroupPath: number;

            /** Container namespace. */
            namespace: number;

            /** Container pod. */
            pod: number;

            /** Container container. */
            container: number;

            /** Container workload. */
            workload: number;

            /** Container workloadType. */
            workloadType: number;

            /** Container image. */
            image: number;

            /** Container imageId. */
            imageId: number;

            /** Container type. */
            type: mayfly.v1.ContainerType;

            /** Container runtime. */
            runtime: number;

            /** Container labels. */
            labels: number[];

            /** Container podIps. */
            podIps: number[];

            /** Container nameSource. */
            nameSource: mayfly.v1.NameSource;

            /** Container hostIps. */
            hostIps: number[];

            /** Container hostNetwork. */
            hostNetwork: boolean;

            /** Container serviceAccountToken. */
            serviceAccountToken: boolean;

            /**
             * Encodes the specified Container message. Does not implicitly {@link mayfly.v1.Container.verify|verify} messages.
             * @param message Container message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Container.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Container message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Container & mayfly.v1.Container.$Shape} Container
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Container & mayfly.v1.Container.$Shape;
        }

        namespace Container {

            /** Properties of a Container. */
            interface $Properties {

                /** Container phase */
                phase?: mayfly.v1.ContainerPhase;

                /** Container cgroupPath */
                cgroupPath?: number;

                /** Container namespace */
                namespace?: number;

                /** Container pod */
                pod?: number;

                /** Container container */
                container?: number;

                /** Container workload */
                workload?: number;

                /** Container workloadType */
                workloadType?: number;

                /** Container image */
                image?: number;

                /** Container imageId */
                imageId?: number;

                /** Container type */
                type?: mayfly.v1.ContainerType;

                /** Container runtime */
                runtime?: number;

                /** Container labels */
                labels?: number[];

                /** Container podIps */
                podIps?: number[];

                /** Container nameSource */
                nameSource?: mayfly.v1.NameSource;

                /** Container hostIps */
                hostIps?: number[];

                /** Container hostNetwork */
                hostNetwork?: boolean;

                /** Container serviceAccountToken */
                serviceAccountToken?: boolean;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Container. */
            type $Shape = mayfly.v1.Container.$Properties;
        }

        /** GapReason enum. */
        enum GapReason {

            /** GAP_REASON_RING_FULL value */
            GAP_REASON_RING_FULL = 0,

            /** GAP_REASON_AGENT_ABSENT value */
            GAP_REASON_AGENT_ABSENT = 1,

            /** GAP_REASON_AGENT_RESTART value */
            GAP_REASON_AGENT_RESTART = 2,

            /** GAP_REASON_BLIND value */
            GAP_REASON_BLIND = 3,

            /** GAP_REASON_QUEUE_FULL value */
            GAP_REASON_QUEUE_FULL = 4,

            /** GAP_REASON_SPOOL_FULL value */
            GAP_REASON_SPOOL_FULL = 5,

            /** GAP_REASON_SPOOL_CORRUPT value */
            GAP_REASON_SPOOL_CORRUPT = 6,

            /** GAP_REASON_SPOOL_FAILED value */
            GAP_REASON_SPOOL_FAILED = 7,

            /** GAP_REASON_DECODE_FAILED value */
            GAP_REASON_DECODE_FAILED = 8,

            /** GAP_REASON_POISON value */
            GAP_REASON_POISON = 9,

            /** GAP_REASON_OVERLOAD value */
            GAP_REASON_OVERLOAD = 10,

            /** GAP_REASON_CLOCK value */
            GAP_REASON_CLOCK = 11,

            /** GAP_REASON_SPOOL_EXPIRED value */
            GAP_REASON_SPOOL_EXPIRED = 12
        }

        /**
         * Properties of a Gap.
         * @deprecated Use mayfly.v1.Gap.$Properties instead.
         */
        interface IGap extends mayfly.v1.Gap.$Properties {
        }

        /** Represents a Gap. */
        class Gap {

            /**
             * Constructs a new Gap.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Gap.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Gap reason. */
            reason: mayfly.v1.GapReason;

            /** Gap lost. */
            lost: (number|null);

            /** Gap fromUs. */
            fromUs: number;

            /** Gap toUs. */
            toUs: number;

            /** Gap affects. */
            affects: mayfly.v1.EventKind[];

            /** Gap replaces. */
            replaces: number;

            /**
             * Encodes the specified Gap message. Does not implicitly {@link mayfly.v1.Gap.verify|verify} messages.
             * @param message Gap message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Gap.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Gap message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Gap & mayfly.v1.Gap.$Shape} Gap
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Gap & mayfly.v1.Gap.$Shape;
        }

        namespace Gap {

            /** Properties of a Gap. */
            interface $Properties {

                /** Gap reason */
                reason?: mayfly.v1.GapReason;

                /** Gap lost */
                lost?: (number|null);

                /** Gap fromUs */
                fromUs?: number;

                /** Gap toUs */
                toUs?: number;

                /** Gap affects */
                affects?: mayfly.v1.EventKind[];

                /** Gap replaces */
                replaces?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Gap. */
            type $Shape = mayfly.v1.Gap.$Properties;
        }

        /** PodSeverity enum. */
        enum PodSeverity {

            /** POD_SEVERITY_NORMAL value */
            POD_SEVERITY_NORMAL = 0,

            /** POD_SEVERITY_WARNING value */
            POD_SEVERITY_WARNING = 1
        }

        /**
         * Properties of a Pod.
         * @deprecated Use mayfly.v1.Pod.$Properties instead.
         */
        interface IPod extends mayfly.v1.Pod.$Properties {
        }

        /** Represents a Pod. */
        class Pod {

            /**
             * Constructs a new Pod.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Pod.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Pod reason. */
            reason: number;

            /** Pod message. */
            message: number;

            /** Pod severity. */
            severity: mayfly.v1.PodSeverity;

            /** Pod reporter. */
            reporter: number;

            /** Pod count. */
            count: number;

            /** Pod firstUs. */
            firstUs: number;

            /** Pod exitCode. */
            exitCode: (number|null);

            /**
             * Encodes the specified Pod message. Does not implicitly {@link mayfly.v1.Pod.verify|verify} messages.
             * @param message Pod message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Pod.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Pod message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Pod & mayfly.v1.Pod.$Shape} Pod
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Pod & mayfly.v1.Pod.$Shape;
        }

        namespace Pod {

            /** Properties of a Pod. */
            interface $Properties {

                /** Pod reason */
                reason?: number;

                /** Pod message */
                message?: number;

                /** Pod severity */
                severity?: mayfly.v1.PodSeverity;

                /** Pod reporter */
                reporter?: number;

                /** Pod count */
                count?: number;

                /** Pod firstUs */
                firstUs?: number;

                /** Pod exitCode */
                exitCode?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Pod. */
            type $Shape = mayfly.v1.Pod.$Properties;
        }

        /** FileState enum. */
        enum FileState {

            /** FILE_STATE_HASHED value */
            FILE_STATE_HASHED = 0,

            /** FILE_STATE_MISSED value */
            FILE_STATE_MISSED = 1,

            /** FILE_STATE_SKIPPED value */
            FILE_STATE_SKIPPED = 2
        }

        /**
         * Properties of a FileFact.
         * @deprecated Use mayfly.v1.FileFact.$Properties instead.
         */
        interface IFileFact extends mayfly.v1.FileFact.$Properties {
        }

        /** Represents a FileFact. */
        class FileFact {

            /**
             * Constructs a new FileFact.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.FileFact.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FileFact path. */
            path: number;

            /** FileFact file. */
            file: mayfly.v1.FileKey;

            /** FileFact sizeBytes. */
            sizeBytes: number;

            /** FileFact sha256. */
            sha256: number;

            /** FileFact state. */
            state: mayfly.v1.FileState;

            /**
             * Encodes the specified FileFact message. Does not implicitly {@link mayfly.v1.FileFact.verify|verify} messages.
             * @param message FileFact message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.FileFact.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FileFact message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.FileFact & mayfly.v1.FileFact.$Shape} FileFact
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.FileFact & mayfly.v1.FileFact.$Shape;
        }

        namespace FileFact {

            /** Properties of a FileFact. */
            interface $Properties {

                /** FileFact path */
                path?: number;

                /** FileFact file */
                file?: mayfly.v1.FileKey.$Properties;

                /** FileFact sizeBytes */
                sizeBytes?: number;

                /** FileFact sha256 */
                sha256?: number;

                /** FileFact state */
                state?: mayfly.v1.FileState;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FileFact. */
            type $Shape = mayfly.v1.FileFact.$Properties;
        }

        /**
         * Properties of a Coverage.
         * @deprecated Use mayfly.v1.Coverage.$Properties instead.
         */
        interface ICoverage extends mayfly.v1.Coverage.$Properties {
        }

        /** Represents a Coverage. */
        class Coverage {

            /**
             * Constructs a new Coverage.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Coverage.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Coverage fromUs. */
            fromUs: number;

            /** Coverage toUs. */
            toUs: number;

            /** Coverage complete. */
            complete: mayfly.v1.EventKind[];

            /**
             * Encodes the specified Coverage message. Does not implicitly {@link mayfly.v1.Coverage.verify|verify} messages.
             * @param message Coverage message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Coverage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Coverage message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Coverage & mayfly.v1.Coverage.$Shape} Coverage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Coverage & mayfly.v1.Coverage.$Shape;
        }

        namespace Coverage {

            /** Properties of a Coverage. */
            interface $Properties {

                /** Coverage fromUs */
                fromUs?: number;

                /** Coverage toUs */
                toUs?: number;

                /** Coverage complete */
                complete?: mayfly.v1.EventKind[];

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Coverage. */
            type $Shape = mayfly.v1.Coverage.$Properties;
        }

        /**
         * Properties of a Frame.
         * @deprecated Use mayfly.v1.Frame.$Properties instead.
         */
        interface IFrame extends mayfly.v1.Frame.$Properties {
        }

        /** Represents a Frame. */
        class Frame {

            /**
             * Constructs a new Frame.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Frame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Frame hello. */
            hello: (mayfly.v1.Hello|null);

            /** Frame welcome. */
            welcome: (mayfly.v1.Welcome|null);

            /** Frame batch. */
            batch: (mayfly.v1.Batch|null);

            /** Frame ack. */
            ack: (mayfly.v1.Ack|null);

            /** Frame nack. */
            nack: (mayfly.v1.Nack|null);

            /** Frame credit. */
            credit: (mayfly.v1.Credit|null);

            /** Frame status. */
            status: (mayfly.v1.Status|null);

            /** Frame goodbye. */
            goodbye: (mayfly.v1.Goodbye|null);

            /** Frame notice. */
            notice: (mayfly.v1.Notice|null);

            /** Frame frame. */
            frame?: ("hello"|"welcome"|"batch"|"ack"|"nack"|"credit"|"status"|"goodbye"|"notice");

            /**
             * Encodes the specified Frame message. Does not implicitly {@link mayfly.v1.Frame.verify|verify} messages.
             * @param message Frame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Frame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Frame & mayfly.v1.Frame.$Shape} Frame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Frame & mayfly.v1.Frame.$Shape;
        }

        namespace Frame {

            /** Properties of a Frame. */
            interface $Properties {

                /** Frame hello */
                hello?: (mayfly.v1.Hello.$Properties|null);

                /** Frame welcome */
                welcome?: (mayfly.v1.Welcome.$Properties|null);

                /** Frame batch */
                batch?: (mayfly.v1.Batch.$Properties|null);

                /** Frame ack */
                ack?: (mayfly.v1.Ack.$Properties|null);

                /** Frame nack */
                nack?: (mayfly.v1.Nack.$Properties|null);

                /** Frame credit */
                credit?: (mayfly.v1.Credit.$Properties|null);

                /** Frame status */
                status?: (mayfly.v1.Status.$Properties|null);

                /** Frame goodbye */
                goodbye?: (mayfly.v1.Goodbye.$Properties|null);

                /** Frame notice */
                notice?: (mayfly.v1.Notice.$Properties|null);

                /** Frame frame */
                frame?: ("hello"|"welcome"|"batch"|"ack"|"nack"|"credit"|"status"|"goodbye"|"notice");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Frame. */
            type $Shape = {
              hello?: mayfly.v1.Hello.$Shape|null;
              welcome?: mayfly.v1.Welcome.$Shape|null;
              batch?: mayfly.v1.Batch.$Shape|null;
              ack?: mayfly.v1.Ack.$Shape|null;
              nack?: mayfly.v1.Nack.$Shape|null;
              credit?: mayfly.v1.Credit.$Shape|null;
              status?: mayfly.v1.Status.$Shape|null;
              goodbye?: mayfly.v1.Goodbye.$Shape|null;
              notice?: mayfly.v1.Notice.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ frame?: undefined; hello?: null; welcome?: null; batch?: null; ack?: null; nack?: null; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "hello"; hello: mayfly.v1.Hello.$Shape; welcome?: null; batch?: null; ack?: null; nack?: null; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "welcome"; hello?: null; welcome: mayfly.v1.Welcome.$Shape; batch?: null; ack?: null; nack?: null; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "batch"; hello?: null; welcome?: null; batch: mayfly.v1.Batch.$Shape; ack?: null; nack?: null; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "ack"; hello?: null; welcome?: null; batch?: null; ack: mayfly.v1.Ack.$Shape; nack?: null; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "nack"; hello?: null; welcome?: null; batch?: null; ack?: null; nack: mayfly.v1.Nack.$Shape; credit?: null; status?: null; goodbye?: null; notice?: null }|{ frame?: "credit"; hello?: null; welcome?: null; batch?: null; ack?: null; nack?: null; credit: mayfly.v1.Credit.$Shape; status?: null; goodbye?: null; notice?: null }|{ frame?: "status"; hello?: null; welcome?: null; batch?: null; ack?: null; nack?: null; credit?: null; status: mayfly.v1.Status.$Shape; goodbye?: null; notice?: null }|{ frame?: "goodbye"; hello?: null; welcome?: null; batch?: null; ack?: null; nack?: null; credit?: null; status?: null; goodbye: mayfly.v1.Goodbye.$Shape; notice?: null }|{ frame?: "notice"; hello?: null; welcome?: null; batch?: null; ack?: null; nack?: null; credit?: null; status?: null; goodbye?: null; notice: mayfly.v1.Notice.$Shape })
            );
        }

        /**
         * Properties of a Hello.
         * @deprecated Use mayfly.v1.Hello.$Properties instead.
         */
        interface IHello extends mayfly.v1.Hello.$Properties {
        }

        /** Represents a Hello. */
        class Hello {

            /**
             * Constructs a new Hello.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Hello.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Hello agent. */
            agent: string;

            /** Hello node. */
            node: string;

            /** Hello epoch. */
            epoch: number;

            /** Hello protocolVersion. */
            protocolVersion: number;

            /** Hello agentVersion. */
            agentVersion: string;

            /** Hello capabilities. */
            capabilities: string[];

            /** Hello kernel. */
            kernel: string;

            /** Hello firstUnackedSeq. */
            firstUnackedSeq: number;

            /** Hello lastUnackedSeq. */
            lastUnackedSeq: number;

            /** Hello backlog. */
            backlog: boolean;

            /** Hello oldestProtocolVersion. */
            oldestProtocolVersion: number;

            /**
             * Encodes the specified Hello message. Does not implicitly {@link mayfly.v1.Hello.verify|verify} messages.
             * @param message Hello message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Hello & mayfly.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Hello & mayfly.v1.Hello.$Shape;
        }

        namespace Hello {

            /** Properties of a Hello. */
            interface $Properties {

                /** Hello agent */
                agent?: string;

                /** Hello node */
                node?: string;

                /** Hello epoch */
                epoch?: number;

                /** Hello protocolVersion */
                protocolVersion?: number;

                /** Hello agentVersion */
                agentVersion?: string;

                /** Hello capabilities */
                capabilities?: string[];

                /** Hello kernel */
                kernel?: string;

                /** Hello firstUnackedSeq */
                firstUnackedSeq?: number;

                /** Hello lastUnackedSeq */
                lastUnackedSeq?: number;

                /** Hello backlog */
                backlog?: boolean;

                /** Hello oldestProtocolVersion */
                oldestProtocolVersion?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Hello. */
            type $Shape = mayfly.v1.Hello.$Properties;
        }

        /**
         * Properties of a Welcome.
         * @deprecated Use mayfly.v1.Welcome.$Properties instead.
         */
        interface IWelcome extends mayfly.v1.Welcome.$Properties {
        }

        /** Represents a Welcome. */
        class Welcome {

            /**
             * Constructs a new Welcome.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Welcome.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Welcome resumeFrom. */
            resumeFrom: number;

            /** Welcome creditBytes. */
            creditBytes: number;

            /** Welcome maxFrameBytes. */
            maxFrameBytes: number;

            /** Welcome maxBatchRawBytes. */
            maxBatchRawBytes: number;

            /** Welcome protocolVersion. */
            protocolVersion: number;

            /** Welcome collectorVersion. */
            collectorVersion: string;

            /**
             * Encodes the specified Welcome message. Does not implicitly {@link mayfly.v1.Welcome.verify|verify} messages.
             * @param message Welcome message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Welcome message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Welcome & mayfly.v1.Welcome.$Shape} Welcome
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Welcome & mayfly.v1.Welcome.$Shape;
        }

        namespace Welcome {

            /** Properties of a Welcome. */
            interface $Properties {

                /** Welcome resumeFrom */
                resumeFrom?: number;

                /** Welcome creditBytes */
                creditBytes?: number;

                /** Welcome maxFrameBytes */
                maxFrameBytes?: number;

                /** Welcome maxBatchRawBytes */
                maxBatchRawBytes?: number;

                /** Welcome protocolVersion */
                protocolVersion?: number;

                /** Welcome collectorVersion */
                collectorVersion?: string;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Welcome. */
            type $Shape = mayfly.v1.Welcome.$Properties;
        }

        /**
         * Properties of a Totals.
         * @deprecated Use mayfly.v1.Totals.$Properties instead.
         */
        interface ITotals extends mayfly.v1.Totals.$Properties {
        }

        /** Represents a Totals. */
        class Totals {

            /**
             * Constructs a new Totals.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Totals.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Totals captured. */
            captured: number;

            /** Totals filtered. */
            filtered: number;

            /** Totals unknownGaps. */
            unknownGaps: number;

            /**
             * Encodes the specified Totals message. Does not implicitly {@link mayfly.v1.Totals.verify|verify} messages.
             * @param message Totals message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Totals.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Totals message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Totals & mayfly.v1.Totals.$Shape} Totals
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Totals & mayfly.v1.Totals.$Shape;
        }

        namespace Totals {

            /** Properties of a Totals. */
            interface $Properties {

                /** Totals captured */
                captured?: number;

                /** Totals filtered */
                filtered?: number;

                /** Totals unknownGaps */
                unknownGaps?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Totals. */
            type $Shape = mayfly.v1.Totals.$Properties;
        }

        /** Compression enum. */
        enum Compression {

            /** COMPRESSION_ZSTD value */
            COMPRESSION_ZSTD = 0
        }

        /**
         * Properties of a Batch.
         * @deprecated Use mayfly.v1.Batch.$Properties instead.
         */
        interface IBatch extends mayfly.v1.Batch.$Properties {
        }

        /** Represents a Batch. */
        class Batch {

            /**
             * Constructs a new Batch.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Batch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Batch firstSeq. */
            firstSeq: number;

            /** Batch count. */
            count: number;

            /** Batch compression. */
            compression: mayfly.v1.Compression;

            /** Batch rawBytes. */
            rawBytes: number;

            /** Batch payload. */
            payload: Uint8Array;

            /** Batch before. */
            before: mayfly.v1.Totals;

            /** Batch after. */
            after: mayfly.v1.Totals;

            /**
             * Encodes the specified Batch message. Does not implicitly {@link mayfly.v1.Batch.verify|verify} messages.
             * @param message Batch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Batch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Batch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Batch & mayfly.v1.Batch.$Shape} Batch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Batch & mayfly.v1.Batch.$Shape;
        }

        namespace Batch {

            /** Properties of a Batch. */
            interface $Properties {

                /** Batch firstSeq */
                firstSeq?: number;

                /** Batch count */
                count?: number;

                /** Batch compression */
                compression?: mayfly.v1.Compression;

                /** Batch rawBytes */
                rawBytes?: number;

                /** Batch payload */
                payload?: Uint8Array;

                /** Batch before */
                before?: mayfly.v1.Totals.$Properties;

                /** Batch after */
                after?: mayfly.v1.Totals.$Properties;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Batch. */
            type $Shape = mayfly.v1.Batch.$Properties;
        }

        /**
         * Properties of an Ack.
         * @deprecated Use mayfly.v1.Ack.$Properties instead.
         */
        interface IAck extends mayfly.v1.Ack.$Properties {
        }

        /** Represents an Ack. */
        class Ack {

            /**
             * Constructs a new Ack.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Ack.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ack durableSeq. */
            durableSeq: number;

            /**
             * Encodes the specified Ack message. Does not implicitly {@link mayfly.v1.Ack.verify|verify} messages.
             * @param message Ack message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Ack message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Ack & mayfly.v1.Ack.$Shape} Ack
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Ack & mayfly.v1.Ack.$Shape;
        }

        namespace Ack {

            /** Properties of an Ack. */
            interface $Properties {

                /** Ack durableSeq */
                durableSeq?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Ack. */
            type $Shape = mayfly.v1.Ack.$Properties;
        }

        /** NackReason enum. */
        enum NackReason {

            /** NACK_REASON_UNSPECIFIED value */
            NACK_REASON_UNSPECIFIED = 0,

            /** NACK_REASON_BUSY value */
            NACK_REASON_BUSY = 1,

            /** NACK_REASON_HOLE value */
            NACK_REASON_HOLE = 2,

            /** NACK_REASON_CONFLICT value */
            NACK_REASON_CONFLICT = 3,

            /** NACK_REASON_VERSION value */
            NACK_REASON_VERSION = 4,

            /** NACK_REASON_PROTOCOL value */
            NACK_REASON_PROTOCOL = 5,

            /** NACK_REASON_IDENTITY value */
            NACK_REASON_IDENTITY = 6
        }

        /**
         * Properties of a Nack.
         * @deprecated Use mayfly.v1.Nack.$Properties instead.
         */
        interface INack extends mayfly.v1.Nack.$Properties {
        }

        /** Represents a Nack. */
        class Nack {

            /**
             * Constructs a new Nack.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Nack.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Nack reason. */
            reason: mayfly.v1.NackReason;

            /** Nack retryAfterMs. */
            retryAfterMs: number;

            /** Nack detail. */
            detail: string;

            /**
             * Encodes the specified Nack message. Does not implicitly {@link mayfly.v1.Nack.verify|verify} messages.
             * @param message Nack message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Nack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Nack message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Nack & mayfly.v1.Nack.$Shape} Nack
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Nack & mayfly.v1.Nack.$Shape;
        }

        namespace Nack {

            /** Properties of a Nack. */
            interface $Properties {

                /** Nack reason */
                reason?: mayfly.v1.NackReason;

                /** Nack retryAfterMs */
                retryAfterMs?: number;

                /** Nack detail */
                detail?: string;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Nack. */
            type $Shape = mayfly.v1.Nack.$Properties;
        }

        /**
         * Properties of a Credit.
         * @deprecated Use mayfly.v1.Credit.$Properties instead.
         */
        interface ICredit extends mayfly.v1.Credit.$Properties {
        }

        /** Represents a Credit. */
        class Credit {

            /**
             * Constructs a new Credit.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Credit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Credit bytes. */
            bytes: number;

            /**
             * Encodes the specified Credit message. Does not implicitly {@link mayfly.v1.Credit.verify|verify} messages.
             * @param message Credit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Credit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Credit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Credit & mayfly.v1.Credit.$Shape} Credit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Credit & mayfly.v1.Credit.$Shape;
        }

        namespace Credit {

            /** Properties of a Credit. */
            interface $Properties {

                /** Credit bytes */
                bytes?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Credit. */
            type $Shape = mayfly.v1.Credit.$Properties;
        }

        /** SourceState enum. */
        enum SourceState {

            /** SOURCE_STATE_RUNNING value */
            SOURCE_STATE_RUNNING = 0,

            /** SOURCE_STATE_DEGRADED value */
            SOURCE_STATE_DEGRADED = 1,

            /** SOURCE_STATE_FAILED value */
            SOURCE_STATE_FAILED = 2
        }

        /**
         * Properties of a SourceHealth.
         * @deprecated Use mayfly.v1.SourceHealth.$Properties instead.
         */
        interface ISourceHealth extends mayfly.v1.SourceHealth.$Properties {
        }

        /** Represents a SourceHealth. */
        class SourceHealth {

            /**
             * Constructs a new SourceHealth.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.SourceHealth.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SourceHealth name. */
            name: string;

            /** SourceHealth state. */
            state: mayfly.v1.SourceState;

            /** SourceHealth detail. */
            detail: string;

            /**
             * Encodes the specified SourceHealth message. Does not implicitly {@link mayfly.v1.SourceHealth.verify|verify} messages.
             * @param message SourceHealth message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.SourceHealth.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SourceHealth message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.SourceHealth & mayfly.v1.SourceHealth.$Shape} SourceHealth
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.SourceHealth & mayfly.v1.SourceHealth.$Shape;
        }

        namespace SourceHealth {

            /** Properties of a SourceHealth. */
            interface $Properties {

                /** SourceHealth name */
                name?: string;

                /** SourceHealth state */
                state?: mayfly.v1.SourceState;

                /** SourceHealth detail */
                detail?: string;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SourceHealth. */
            type $Shape = mayfly.v1.SourceHealth.$Properties;
        }

        /**
         * Properties of an EpochState.
         * @deprecated Use mayfly.v1.EpochState.$Properties instead.
         */
        interface IEpochState extends mayfly.v1.EpochState.$Properties {
        }

        /** Represents an EpochState. */
        class EpochState {

            /**
             * Constructs a new EpochState.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.EpochState.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EpochState epoch. */
            epoch: number;

            /** EpochState firstUnackedSeq. */
            firstUnackedSeq: number;

            /** EpochState lastSeq. */
            lastSeq: number;

            /** EpochState totals. */
            totals: mayfly.v1.Totals;

            /**
             * Encodes the specified EpochState message. Does not implicitly {@link mayfly.v1.EpochState.verify|verify} messages.
             * @param message EpochState message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.EpochState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EpochState message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.EpochState & mayfly.v1.EpochState.$Shape} EpochState
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.EpochState & mayfly.v1.EpochState.$Shape;
        }

        namespace EpochState {

            /** Properties of an EpochState. */
            interface $Properties {

                /** EpochState epoch */
                epoch?: number;

                /** EpochState firstUnackedSeq */
                firstUnackedSeq?: number;

                /** EpochState lastSeq */
                lastSeq?: number;

                /** EpochState totals */
                totals?: mayfly.v1.Totals.$Properties;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EpochState. */
            type $Shape = mayfly.v1.EpochState.$Properties;
        }

        /**
         * Properties of a Ledger.
         * @deprecated Use mayfly.v1.Ledger.$Properties instead.
         */
        interface ILedger extends mayfly.v1.Ledger.$Properties {
        }

        /** Represents a Ledger. */
        class Ledger {

            /**
             * Constructs a new Ledger.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Ledger.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ledger captured. */
            captured: number;

            /** Ledger filtered. */
            filtered: number;

            /** Ledger lost. */
            lost: number;

            /** Ledger spooled. */
            spooled: number;

            /** Ledger acked. */
            acked: number;

            /**
             * Encodes the specified Ledger message. Does not implicitly {@link mayfly.v1.Ledger.verify|verify} messages.
             * @param message Ledger message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Ledger.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Ledger message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Ledger & mayfly.v1.Ledger.$Shape} Ledger
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Ledger & mayfly.v1.Ledger.$Shape;
        }

        namespace Ledger {

            /** Properties of a Ledger. */
            interface $Properties {

                /** Ledger captured */
                captured?: number;

                /** Ledger filtered */
                filtered?: number;

                /** Ledger lost */
                lost?: number;

                /** Ledger spooled */
                spooled?: number;

                /** Ledger acked */
                acked?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Ledger. */
            type $Shape = mayfly.v1.Ledger.$Properties;
        }

        /**
         * Properties of a Status.
         * @deprecated Use mayfly.v1.Status.$Properties instead.
         */
        interface IStatus extends mayfly.v1.Status.$Properties {
        }

        /** Represents a Status. */
        class Status {

            /**
             * Constructs a new Status.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Status.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Status ledger. */
            ledger: mayfly.v1.Ledger;

            /** Status sources. */
            sources: mayfly.v1.SourceHealth[];

            /** Status lastSeq. */
            lastSeq: number;

            /** Status spoolBytes. */
            spoolBytes: number;

            /** Status epochs. */
            epochs: mayfly.v1.EpochState[];

            /** Status kernelUnaccounted. */
            kernelUnaccounted: number;

            /**
             * Encodes the specified Status message. Does not implicitly {@link mayfly.v1.Status.verify|verify} messages.
             * @param message Status message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Status.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Status message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Status & mayfly.v1.Status.$Shape} Status
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Status & mayfly.v1.Status.$Shape;
        }

        namespace Status {

            /** Properties of a Status. */
            interface $Properties {

                /** Status ledger */
                ledger?: mayfly.v1.Ledger.$Properties;

                /** Status sources */
                sources?: mayfly.v1.SourceHealth.$Properties[];

                /** Status lastSeq */
                lastSeq?: number;

                /** Status spoolBytes */
                spoolBytes?: number;

                /** Status epochs */
                epochs?: mayfly.v1.EpochState.$Properties[];

                /** Status kernelUnaccounted */
                kernelUnaccounted?: number;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Status. */
            type $Shape = mayfly.v1.Status.$Properties;
        }

        /** NoticeState enum. */
        enum NoticeState {

            /** NOTICE_STATE_WELL value */
            NOTICE_STATE_WELL = 0,

            /** NOTICE_STATE_STORE_FAILING value */
            NOTICE_STATE_STORE_FAILING = 1
        }

        /**
         * Properties of a Notice.
         * @deprecated Use mayfly.v1.Notice.$Properties instead.
         */
        interface INotice extends mayfly.v1.Notice.$Properties {
        }

        /** Represents a Notice. */
        class Notice {

            /**
             * Constructs a new Notice.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Notice.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Notice state. */
            state: mayfly.v1.NoticeState;

            /** Notice detail. */
            detail: string;

            /**
             * Encodes the specified Notice message. Does not implicitly {@link mayfly.v1.Notice.verify|verify} messages.
             * @param message Notice message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Notice.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Notice message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Notice & mayfly.v1.Notice.$Shape} Notice
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Notice & mayfly.v1.Notice.$Shape;
        }

        namespace Notice {

            /** Properties of a Notice. */
            interface $Properties {

                /** Notice state */
                state?: mayfly.v1.NoticeState;

                /** Notice detail */
                detail?: string;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Notice. */
            type $Shape = mayfly.v1.Notice.$Properties;
        }

        /**
         * Properties of a Goodbye.
         * @deprecated Use mayfly.v1.Goodbye.$Properties instead.
         */
        interface IGoodbye extends mayfly.v1.Goodbye.$Properties {
        }

        /** Represents a Goodbye. */
        class Goodbye {

            /**
             * Constructs a new Goodbye.
             * @param [properties] Properties to set
             */
            constructor(properties?: mayfly.v1.Goodbye.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Goodbye reason. */
            reason: string;

            /**
             * Encodes the specified Goodbye message. Does not implicitly {@link mayfly.v1.Goodbye.verify|verify} messages.
             * @param message Goodbye message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: mayfly.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Goodbye message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {mayfly.v1.Goodbye & mayfly.v1.Goodbye.$Shape} Goodbye
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): mayfly.v1.Goodbye & mayfly.v1.Goodbye.$Shape;
        }

        namespace Goodbye {

            /** Properties of a Goodbye. */
            interface $Properties {

                /** Goodbye reason */
                reason?: string;

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Goodbye. */
            type $Shape = mayfly.v1.Goodbye.$Properties;
        }
    }
}
