#!/usr/bin/env bash
# Refreshes imported manifests on a branch of its own, and pushes it where something moved at the source:
#
#   REVIEW=review.md deploy/import/refresh.sh csv people.csv access/people --prune=notAfter
#
# The words are those of `scim-operator import`, the last word that is no option is the directory. What is to be read by
# reviewers goes to $REVIEW, as Markdown. Standard output gets `changed=true` or `changed=false`, as a workflow reads it.
# Where the source is refused, as when much of it lacks, the exit status is 1, and nothing is pushed.
set -euo pipefail

: "${REVIEW:?Name the file for the review.}"
branch=${BRANCH:-scim-import}
remote=${REMOTE:-origin}
for word in "$@"; do
  [[ $word == -* ]] || directory=$word
done
: "${directory:?Give the words of scim-operator import.}"

umask 077 # the review names people
git switch --quiet --force-create "$branch"
scim-operator import "$@" --update --review=markdown >"$REVIEW"
git add --all -- "$directory"
if git diff --cached --quiet; then
  echo changed=false
  exit
fi
git commit --quiet --message="Import: $(head -n 1 "$REVIEW")"
git push --quiet --force "$remote" "HEAD:refs/heads/$branch"
echo changed=true
