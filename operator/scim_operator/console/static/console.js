// What HTML cannot do by itself: live pages, and dates in the zone of the person who reads.
"use strict";

function localDates(root) {
  for (const each of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      each.textContent = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
      each.title = each.dateTime;
    }
  }
}

// Times are sent in UTC, and typed in the zone of the person who types.
function localFields() {
  for (const field of document.querySelectorAll("input[type=datetime-local][name]")) {
    const sent = Object.assign(document.createElement("input"), { type: "hidden", name: field.name });
    field.removeAttribute("name");
    field.after(sent);
    const given = new Date(`${field.value}Z`);
    if (!Number.isNaN(given.getTime())) {
      sent.value = given.toISOString();
      field.value = new Date(given.getTime() - given.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
    }
    field.addEventListener("input", () => {
      sent.value = field.value ? new Date(field.value).toISOString() : "";
    });
  }
  for (const each of document.querySelectorAll("[data-zone]")) {
    each.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

function follow() {
  if (!document.querySelector("[data-live]")) {
    return;
  }
  const source = new EventSource("/events");
  source.addEventListener("changed", () => document.body.dispatchEvent(new Event("changed")));
  addEventListener("pagehide", () => source.close());
}

document.addEventListener("DOMContentLoaded", () => {
  localDates(document);
  localFields();
  follow();
});
document.addEventListener("htmx:afterSwap", (event) => localDates(event.detail.target));
