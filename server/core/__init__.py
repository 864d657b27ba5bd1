"""What every feature stands on: configuration, database, problems, rights, ledger, jobs, storage."""
