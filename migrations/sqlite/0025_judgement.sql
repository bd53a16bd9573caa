-- How alarming a user is follows from orange_at and red_at alone: the level of their latest event stood for what somebody
-- had vouched for meanwhile.
ALTER TABLE end_user DROP COLUMN level;
