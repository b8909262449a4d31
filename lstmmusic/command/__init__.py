"""The console command `lstmmusic`: what the studio does, without a notebook."""
