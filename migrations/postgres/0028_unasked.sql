-- Why the user was not asked when the alert opened; NULL where they were, or nobody is asked about the like of it.
ALTER TABLE alert ADD COLUMN unasked TEXT;
