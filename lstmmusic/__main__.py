"""`python -m lstmmusic` is the command `lstmmusic`."""

import sys

from lstmmusic.command.program import main

sys.exit(main())
