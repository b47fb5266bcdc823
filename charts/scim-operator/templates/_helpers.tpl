{{- define "scim-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- /* Cut at 50: "-simulator" and a pod's suffix are added to it, and a label's value holds 63. */ -}}
{{- define "scim-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "scim-operator.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Of the objects without a namespace: two releases of one name in two namespaces must not share them. */ -}}
{{- define "scim-operator.clusterName" -}}
{{ .Release.Namespace }}-{{ include "scim-operator.fullname" . }}
{{- end -}}

{{- /* The same, cut so that "-approval" and its like fit into 63. */ -}}
{{- define "scim-operator.policyName" -}}
{{ include "scim-operator.clusterName" . | trunc 53 | trimSuffix "-" }}
{{- end -}}

{{- /* Puts a policy into force where this release serves. Takes `root`, and `policy`, the end of its name. */ -}}
{{- define "scim-operator.policyBinding" -}}
{{- $name := printf "%s-%s" (include "scim-operator.policyName" .root) .policy -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels: {{- include "scim-operator.labels" .root | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny]
  {{- with include "scim-operator.namespaces" .root | fromJsonArray }}
  matchResources:
    namespaceSelector:
      matchExpressions:
      - {key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }}}
  {{- else }}
  {{- with .root.Values.namespaceSelector }}
  matchResources:
    namespaceSelector: {{- toYaml . | nindent 6 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{- /*
One rule of the NetworkPolicy: to `cidrs` at TCP `ports`; without cidrs to every address but those where clouds keep their
credentials. Takes `root` too.
*/ -}}
{{- define "scim-operator.egress" -}}
- to:
  {{- range .cidrs }}
  - ipBlock: {cidr: {{ . | quote }}}
  {{- else }}
  - ipBlock: {cidr: 0.0.0.0/0, except: {{ toJson .root.Values.networkPolicy.except.ipv4 }}}
  - ipBlock: {cidr: "::/0", except: {{ toJson .root.Values.networkPolicy.except.ipv6 }}}
  {{- end }}
  ports:
  {{- range .ports }}
  - {port: {{ . }}, protocol: TCP}
  {{- end }}
{{- end -}}

{{- define "scim-operator.tracing" -}}
{{- with .Values.tracing }}
{{- if .enabled }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ required "with tracing.enabled, set tracing.endpoint to the collector's URL, such as http://collector.observability:4318" .endpoint | quote }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ printf "k8s.namespace.name=%s,k8s.deployment.name=%s,k8s.pod.uid=$(SCIM_OPERATOR_POD_UID),service.instance.id=$(SCIM_OPERATOR_POD_UID)" $.Release.Namespace (include "scim-operator.fullname" $) | quote }}
{{- if lt (float64 .ratio) 1.0 }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .ratio | quote }}
{{- end }}
{{- if .headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom: {secretKeyRef: {{ toJson .headersSecret }}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "scim-operator.collectorPort" -}}
{{- $url := urlParse .Values.tracing.endpoint -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}

{{- define "scim-operator.simulatorName" -}}
{{ include "scim-operator.fullname" . }}-simulator
{{- end -}}

{{- define "scim-operator.serviceAccountName" -}}
{{- default (ternary (include "scim-operator.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "scim-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "scim-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "scim-operator.simulatorSelectorLabels" -}}
app.kubernetes.io/name: {{ include "scim-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: simulator
{{- end -}}

{{- define "scim-operator.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: scim-operator
{{- range $label, $value := .Values.commonLabels }}
{{- if or (eq $label "helm.sh/chart") (hasPrefix "app.kubernetes.io/" $label) }}
{{- fail (printf "commonLabels: %s is a label of the chart's own; leave it out" $label) }}
{{- end }}
{{ $label }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "scim-operator.labels" -}}
{{ include "scim-operator.selectorLabels" . }}
{{ include "scim-operator.commonLabels" . }}
{{- end -}}

{{- /* The same with more labels, which win. Takes `root`, and `more`. */ -}}
{{- define "scim-operator.labelsAnd" -}}
{{- merge (dict) .more (include "scim-operator.labels" .root | fromYaml) | toYaml -}}
{{- end -}}

{{- define "scim-operator.testLabels" -}}
app.kubernetes.io/name: {{ include "scim-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{- define "scim-operator.simulatorLabels" -}}
{{ include "scim-operator.simulatorSelectorLabels" . }}
{{ include "scim-operator.commonLabels" . }}
{{- end -}}

{{- define "scim-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{- $tag := .Values.image.tag -}}
{{ .Values.image.repository }}:{{ kindIs "string" $tag | ternary ($tag | default .Chart.AppVersion) (int64 $tag) }}
{{- end -}}
{{- end -}}

{{- /* The namespaces served, as a JSON list; an empty list means all of them, or those that labels choose. */ -}}
{{- define "scim-operator.namespaces" -}}
{{- if and .Values.allNamespaces .Values.watchNamespaces -}}
{{- fail "allNamespaces and watchNamespaces exclude each other: leave watchNamespaces empty, or set allNamespaces to false" -}}
{{- end -}}
{{- if and .Values.namespaceSelector (or .Values.allNamespaces .Values.watchNamespaces) -}}
{{- fail "namespaceSelector chooses the namespaces: leave watchNamespaces empty and allNamespaces false" -}}
{{- end -}}
{{- ternary (list) (.Values.watchNamespaces | default (list .Release.Namespace)) (or .Values.allNamespaces (not (empty .Values.namespaceSelector))) | toJson -}}
{{- end -}}

{{- /* The labels of `namespaceSelector`, as kubectl's --selector takes them. */ -}}
{{- define "scim-operator.namespaceLabels" -}}
{{- $terms := list -}}
{{- range $label, $value := .Values.namespaceSelector.matchLabels -}}
{{- $terms = append $terms (printf "%s=%s" $label $value) -}}
{{- end -}}
{{- range .Values.namespaceSelector.matchExpressions -}}
{{- $values := join "," .values -}}
{{- if eq .operator "In" }}{{ $terms = append $terms (printf "%s in (%s)" .key $values) }}
{{- else if eq .operator "NotIn" }}{{ $terms = append $terms (printf "%s notin (%s)" .key $values) }}
{{- else if eq .operator "Exists" }}{{ $terms = append $terms .key }}
{{- else }}{{ $terms = append $terms (printf "!%s" .key) }}
{{- end -}}
{{- end -}}
{{- join "," $terms -}}
{{- end -}}

{{- /* The folder of the provisioning log's SQLite file; empty where the log is kept elsewhere. */ -}}
{{- define "scim-operator.logFolder" -}}
{{- if and (not .Values.provisioningLog.storeSecret.name) (hasPrefix "sqlite:////" .Values.provisioningLog.store) -}}
{{- dir (trimPrefix "sqlite:///" .Values.provisioningLog.store) -}}
{{- end -}}
{{- end -}}

{{- /* The claim for that file; empty where the log is kept elsewhere, or goes with the pod. */ -}}
{{- define "scim-operator.logClaim" -}}
{{- if include "scim-operator.logFolder" . -}}
{{- $made := ternary (printf "%s-provisioning-log" (include "scim-operator.fullname" .) | trunc 63 | trimSuffix "-") "" .Values.provisioningLog.persistence.enabled -}}
{{- .Values.provisioningLog.existingClaim | default $made -}}
{{- end -}}
{{- end -}}

{{- /* Where the pods run: the operator's and the simulator's alike. */ -}}
{{- define "scim-operator.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}
