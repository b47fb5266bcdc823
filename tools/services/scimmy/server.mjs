// A SCIM service of SCIMMY (npm) in memory, for the contract suite. Its log of requests is at /log; /reset empties it.
import {randomUUID} from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [TOKEN, BY_HAND] = ["token", "token-of-an-administrator"];
const BASE = "/scim/v2";
const UNIQUE = {User: "userName", Group: "displayName"};
const log = [];
const stores = [];

function declare(Resource) {
    const kept = new Map();
    stores.push(kept);
    const unique = UNIQUE[Resource.name];
    const taken = (data, id) => [...kept.values()].some(
        each => each.id !== id && each[unique].toLowerCase() === data[unique].toLowerCase());
    SCIMMY.Resources.declare(Resource).ingress((resource, data) => {
        const plain = JSON.parse(JSON.stringify(data));
        if (resource.id && !kept.has(resource.id)) throw new SCIMMY.Types.Error(404, null, "Not found");
        if (taken(plain, resource.id)) throw new SCIMMY.Types.Error(409, "uniqueness", "Taken already");
        const now = new Date().toISOString();
        const id = resource.id ?? randomUUID();
        const created = kept.get(id)?.meta.created ?? now;
        kept.set(id, {...plain, id, meta: {resourceType: Resource.name, created, lastModified: now}});
        return kept.get(id);
    }).egress(resource => {
        if (resource.id) {
            if (!kept.has(resource.id)) throw new SCIMMY.Types.Error(404, null, "Not found");
            return kept.get(resource.id);
        }
        const all = [...kept.values()];
        return resource.filter ? resource.filter.match(all) : all;
    }).degress(resource => {
        if (!kept.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, "Not found");
    });
}

SCIMMY.Config.set({patch: true, filter: {supported: true, maxResults: 200}});
SCIMMY.Resources.declare(SCIMMY.Resources.User).extend(SCIMMY.Schemas.EnterpriseUser, false);
declare(SCIMMY.Resources.User);
declare(SCIMMY.Resources.Group);

const handler = request => {
    const [, token] = (request.header("Authorization") ?? "").split(" ");
    if (token !== TOKEN && token !== BY_HAND) throw new Error("The token is not known");
    return "operator";
};
const app = express();
app.use((request, response, next) => {
    if (request.path.startsWith(BASE) && !(request.header("Authorization") ?? "").includes(BY_HAND)) {
        const entry = {method: request.method, path: request.path.slice(BASE.length)};
        response.on("finish", () => log.push({...entry, status: response.statusCode}));
    }
    next();
});
app.get("/log", (request, response) => response.json(log));
app.get("/reset", (request, response) => {
    log.length = 0;
    stores.forEach(kept => kept.clear());
    response.json({});
});
app.use(BASE, new SCIMMYRouters({type: "bearer", handler}));
const server = app.listen(0, "127.0.0.1", () => console.log(`Ready at http://127.0.0.1:${server.address().port}`));
