"""What the tests of the console's pages need besides Python: a Chromium, and axe, which finds what keeps people out."""
