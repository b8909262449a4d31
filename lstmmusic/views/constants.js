// Made by scripts/bundle: see scripts/constants.py.
export const MOST_FILES = 10000;
export const PITCH_CLASSES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
export const REASONS = {
  "sounds": "random number {random} is below {probability}: sounds",
  "just_sounds": "random number {random} is just below {probability}: sounds",
  "silent": "random number {random} is not below {probability}: silent",
  "below_threshold": "{probability} is below the threshold {threshold}: never sounds",
  "just_below_threshold": "just below the threshold {threshold}: never sounds",
  "primer": "given by the primer",
  "edited": "given by an edit"
};
export const SHORTEST_LOOP = 0.05;
export const STRIKE_GAP = 0.03;
export const VELOCITY = 80;
export const WHOLE = 65535;
