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
  follow();
});
document.addEventListener("htmx:afterSwap", (event) => localDates(event.detail.target));
