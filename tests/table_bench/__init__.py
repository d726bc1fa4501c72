"""How well tables are found on pages whose tables are known: `python -m table_bench` in the folder of the tests.

Chromium prints the pages (`chromium` has to be on the path), which are drawn, worn if asked for, and searched for
tables. The reader makes no mistakes: each line gets the words that the PDF has in its place.
"""
