-- States hold the codes of channels, counters and flows, which are theirs for good, in place of their places in lists.
TRUNCATE folds, folded_days;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
