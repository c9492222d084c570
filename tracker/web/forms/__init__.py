"""One form class per action: the list of fields it takes is the list it accepts."""
