"""``glassjax completion``: a script that lets the shell complete commands, options and names."""

import click

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GLASSJAX_COMPLETE"


@click.command(short_help="Print a script that lets the shell complete commands, options and names.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script for SHELL; Tab then completes commands, options, and names of glasses, studies and theories.

    \b
    bash  glassjax completion bash > ~/.glassjax-complete.bash
          echo '. ~/.glassjax-complete.bash' >> ~/.bashrc
    zsh   glassjax completion zsh > ~/.glassjax-complete.zsh
          echo '. ~/.glassjax-complete.zsh' >> ~/.zshrc        (after compinit)
    fish  glassjax completion fish > ~/.config/fish/completions/glassjax.fish
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "glassjax", VARIABLE).source())
    return 0
