"""One thin module per DVC stage; nothing imports from here."""
