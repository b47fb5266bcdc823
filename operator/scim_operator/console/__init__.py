"""The console: pages about users, groups, plans and access, served on loopback with the rights of one person.

`markup` makes HTML of values, `pages` are pure functions to it, `people` is the index that is searched, `gate` lets in
the browser of the person who started the command and no one else, `server` ties them together. A `Source` says where
everything comes from: a cluster (`cluster`) or a directory of manifests (`directory`).
"""
