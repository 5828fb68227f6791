"""`python -m redsm5_hpo.pages` writes report/index.html."""

from redsm5_hpo.core.errors import run_command
from redsm5_hpo.pages.page import main

if __name__ == "__main__":
    run_command(main, again="`make page`")
