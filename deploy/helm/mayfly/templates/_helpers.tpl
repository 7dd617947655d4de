{{/* Prefix of all names: the release's, with "mayfly" in it. */}}
{{- define "mayfly.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "mayfly" .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-mayfly" .Release.Name -}}
{{- end -}}
{{- end }}

{{- define "mayfly.agent" -}}{{ include "mayfly.name" . }}-agent{{- end }}
{{- define "mayfly.collector" -}}{{ include "mayfly.name" . }}-collector{{- end }}

{{/* What selects the pods of one part; never changes, as selectors cannot. Takes (root, part). */}}
{{- define "mayfly.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: mayfly
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels of every object. Takes (root, part). */}}
{{- define "mayfly.labels" -}}
{{- $root := index . 0 -}}
{{ include "mayfly.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Every address of a pod, and the address of its node, as they are written before a port. */}}
{{- define "mayfly.listen" -}}{{ ternary "[::]" "0.0.0.0" (eq .Values.ipFamily "IPv6") }}{{- end }}
{{- define "mayfly.nodeAddress" -}}{{ ternary "[$(NODE_IP)]" "$(NODE_IP)" (eq .Values.ipFamily "IPv6") }}{{- end }}

{{/* A whole image reference. Takes (root, the part's image values). */}}
{{- define "mayfly.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $name := ternary $image.repository (printf "%s/%s" $root.Values.images.registry $image.repository) (empty $root.Values.images.registry) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default $root.Chart.AppVersion $root.Values.images.tag) -}}
{{- end -}}
{{- end }}

{{/* Names under which the collector is reached; localhost for kubectl port-forward. A JSON list. */}}
{{- define "mayfly.dnsNames" -}}
{{- $service := include "mayfly.collector" . -}}
{{- $inNamespace := printf "%s.%s" $service .Release.Namespace -}}
{{- $names := list $service $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.cluster.local" $inNamespace) "localhost" -}}
{{- concat $names .Values.tls.extraNames | toJson -}}
{{- end }}

{{/* Secret with the collector's key and certificate. */}}
{{- define "mayfly.tlsSecret" -}}
{{- if eq .Values.tls.source "existing" -}}
{{- .Values.tls.existing.secretName -}}
{{- else -}}
{{- include "mayfly.collector" . }}-tls
{{- end -}}
{{- end }}

{{/* Where agents find the authority. Never the collector's Secret: a node may read every Secret that a pod on it mounts. */}}
{{- define "mayfly.caSource" -}}
{{- if eq .Values.tls.source "certManager" -}}
secret:
  name: {{ include "mayfly.agent" . }}-tls
{{- else -}}
configMap:
  name: {{ ternary .Values.tls.existing.caConfigMapName (printf "%s-ca" (include "mayfly.collector" .)) (eq .Values.tls.source "existing") }}
{{- end }}
  items:
    - key: ca.crt
      path: ca.crt
{{- end }}

{{/* State directories of the chosen runtimes, as agent/containers/runtime-directories.ts looks for them. A JSON list. */}}
{{- define "mayfly.runtimeDirectories" -}}
{{- $task := "io.containerd.runtime.v2.task" -}}
{{- $known := dict
  "containerd" (list (printf "/run/containerd/%s" $task))
  "k3s" (list (printf "/run/k3s/containerd/%s" $task))
  "k0s" (list (printf "/run/k0s/containerd/%s" $task))
  "microk8s" (list (printf "/var/snap/microk8s/common/run/containerd/%s" $task))
  "docker" (list (printf "/run/docker/containerd/daemon/%s" $task) "/var/lib/docker/containers")
  "crio" (list "/run/containers/storage/overlay-containers" "/var/lib/containers/storage/overlay-containers")
-}}
{{- $directories := list -}}
{{- range .Values.agent.runtimes -}}
{{- $directories = concat $directories (get $known .) -}}
{{- end -}}
{{- uniq $directories | toJson -}}
{{- end }}
