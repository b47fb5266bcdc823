-- The health of a ScimUser, a ScimGroup or a ProvisioningConfig, as Argo CD shows it (docs/gitops.md).
-- What waits because someone wants it so, or for an approval, is Suspended; all else that stalls is Degraded.
local waits = {
  ApprovalRequired = true,
  Held = true,
  Needed = true,
  Planned = true,
  Suspended = true,
}

local status = obj.status or {}
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "It is being deleted." }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The operator has not looked at this generation yet." }
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    conditions[condition.type] = condition
  end
end

local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready
if stalled ~= nil then
  local health = waits[stalled.reason] and "Suspended" or "Degraded"
  return { status = health, message = stalled.reason .. ": " .. stalled.message }
end
if reconciling ~= nil then
  return { status = "Progressing", message = reconciling.reason .. ": " .. reconciling.message }
end
if ready ~= nil then
  return { status = "Healthy", message = ready.message }
end
return { status = "Progressing", message = "It is not Ready." }
