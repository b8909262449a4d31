// Made by scripts/bundle: see scripts/constants.py.
export const DIVERGING = {
  "light": [
    "#7b2d8e",
    "#1b7a3d"
  ],
  "dark": [
    "#d48be6",
    "#74dd92"
  ]
};
export const MOST_FILES = 10000;
export const NOTE_LINE = ["#ffffff", "#000000"];
export const PALETTE = {
  "light": {
    "brand": "#1976d2",
    "warn": "#e65100",
    "second": "#0c4025",
    "third": "#5f1064",
    "given": "#878787",
    "run0": "#1144aa",
    "run1": "#ff4411",
    "run2": "#8800ff",
    "run3": "#3399dd",
    "run4": "#881100",
    "run5": "#aa6677",
    "run6": "#110044",
    "run7": "#330011"
  },
  "dark": {
    "brand": "#42a5f5",
    "warn": "#ffa726",
    "second": "#5dfea6",
    "third": "#b22286",
    "given": "#a1a1a1",
    "run0": "#66ffdd",
    "run1": "#ffbb66",
    "run2": "#aabbff",
    "run3": "#eeff00",
    "run4": "#cc0011",
    "run5": "#9900ff",
    "run6": "#336699",
    "run7": "#cc5566"
  }
};
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
export const VIRIDIS = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725"
];
export const WHOLE = 65535;
