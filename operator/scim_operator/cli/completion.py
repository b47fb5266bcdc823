"""`scim-operator completion`: the script by which a shell completes commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM, PLUGIN = "scim-operator", "kubectl-scim"

KUBECTL = f"""\
#!/bin/sh
# kubectl calls this for `kubectl scim`: save it as kubectl_complete-scim on the PATH, and make it executable.
found=$(COMP_WORDS="{PLUGIN} $*" COMP_CWORD=$# _KUBECTL_SCIM_COMPLETE=bash_complete {PLUGIN})
printf '%s\\n' "$found" | sed -n 's/^plain,//p'
case $found in
  file,* | dir,*) echo :0 ;;
  *) echo :4 ;;
esac
"""
"""In the form of cobra's completions: one a line, and at the end a directive, by which files are offered, or not."""


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "kubectl"]))
def command(shell: str) -> None:
    """Print the script for SHELL; for `kubectl scim`, the program by which kubectl asks us.

    \b
    bash:     scim-operator completion bash > /etc/bash_completion.d/scim-operator
    zsh:      scim-operator completion zsh > "${fpath[1]}/_scim-operator"
    fish:     scim-operator completion fish > ~/.config/fish/completions/scim-operator.fish
    kubectl:  scim-operator completion kubectl > ~/bin/kubectl_complete-scim
    """
    click.echo(KUBECTL if shell == "kubectl" else _script(shell), nl=False)


def _script(shell: str) -> str:
    """Return the script of a shell. It names the program alone, and asks it at each Tab."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    variable = f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE"
    script: str = found(click.Group(PROGRAM), {}, PROGRAM, variable).source_template % {
        "complete_func": f"_{PROGRAM.replace('-', '_')}_completion",
        "complete_var": variable,
        "prog_name": PROGRAM,
    }
    return script
