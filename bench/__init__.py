"""``make bench``: how fast mailbot is, on real servers, beside the least that any program must do."""
