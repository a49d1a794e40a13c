"""Runs over folders: what is new or changed is restored, in parallel, safe to interrupt at any instant."""
