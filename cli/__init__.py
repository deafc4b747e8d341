"""Tools for operators. They run on a person's machine and never ship to Lambda."""
