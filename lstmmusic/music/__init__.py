"""Music from bytes to a corpus: MIDI and MusicXML files, scores, piano rolls, corpora and statistics."""
