-- Roll-ups read a party with everything that is part of it.
CREATE INDEX parties_by_parent ON parties (tenant, parent) WHERE parent IS NOT NULL;
