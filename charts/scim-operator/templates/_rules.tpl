{{- /*
What the operator may do in a namespace that it serves: one rule a resource, so that each verb can be taken away and
shown to be needed. Secrets and ConfigMaps are read by name only and never listed or watched.
*/ -}}
{{- define "scim-operator.rules" -}}
- apiGroups: [scim-operator.io]
  resources: [scimusers]
  verbs: [get, list, watch, patch]
- apiGroups: [scim-operator.io]
  resources: [scimusers/status]
  verbs: [patch]
- apiGroups: [scim-operator.io]
  resources: [scimgroups]
  verbs: [get, list, watch, patch]
- apiGroups: [scim-operator.io]
  resources: [scimgroups/status]
  verbs: [patch]
- apiGroups: [scim-operator.io]
  resources: [provisioningconfigs]
  verbs: [get, list, watch]
- apiGroups: [scim-operator.io]
  resources: [provisioningconfigs/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
