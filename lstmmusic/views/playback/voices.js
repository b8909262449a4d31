// From notes to sound: samples are decoded, and notes become voices on the clock of an audio context, live or offline.
// All times are seconds: "seconds" in the tune, "time" on the clock.

import { SHORTEST_LOOP, STRIKE_GAP } from "../constants.js";
import { firstIndex } from "../numbers.js";

/** @import { Tune } from "./transport.js" */
/** @typedef {{ start: number, stop: number, rate: number, vorbis: boolean }} Sample  bytes from start to stop */
/**
 * How samples are played for the pitches from the lowest to the highest, in seconds and cents.
 * @typedef {{
 *   lowest: number, highest: number, root: number, tuning: number, loop: [number, number] | null,
 *   gain: number, hold: number, decay: number, sustain: number, release: number,
 * }} Manner
 */
/** @typedef {Manner & { sample: number }} Place */
/** @typedef {Manner & { buffer: AudioBuffer }} Zone */
/** @typedef {{ start: number, end: number, pitch: number, velocity: number }} Note */
/**
 * A note on the clock, with the times at which it begins, starts to fade, is released, and is gone.
 * @typedef {Note & {
 *   zone: Zone, level: number, source: AudioBufferSourceNode, envelope: GainNode,
 *   begins: number, fades: number, released: number, gone: number,
 * }} Voice
 */
/** @typedef {ReturnType<typeof makeOutput>} Output */

const DECODING_RATE = 48000;
const ATTACK = 0.001; // time constants here: after five of them, what fades is gone
export const FADE = 0.004; // of what is cut off, so that it is silent within 50 ms and does not click
const GONE = 8;
const DECIBELS_100 = Math.log(1e5); // time constants in which sound fades by 100 dB
const POLYPHONY = 96; // a hand on every key of the piano
const LEVEL = 0.5; // of one note at the highest velocity
const LIMIT = { threshold: -9, knee: 6, ratio: 20, attack: 0.002, release: 0.2 };
const BEND = 0.6; // above this, samples are compressed, so that none exceeds CEILING
const CEILING = 0.98;
const CURVE = 4096; // pieces
export const NOTE = 4; // numbers that a note has: start and end in seconds, pitch, velocity

/** @param {BaseAudioContext} context @param {ArrayBuffer} data @param {number} rate */
function decodePlain(context, data, rate) {
  const samples = new Int16Array(data);
  const buffer = context.createBuffer(1, samples.length, rate);
  const channel = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index++) channel[index] = samples[index] / 32768;
  return buffer;
}

/**
 * Zones with what they play as audio buffers; `data` has all samples, one after the other.
 * @param {Place[]} zones @param {Sample[]} samples @param {ArrayBuffer} data
 */
export async function decodeBank(zones, samples, data) {
  const context = new OfflineAudioContext(1, 1, DECODING_RATE);
  const decoded = samples.map(({ start, stop, rate, vorbis }) => {
    const part = data.slice(start, stop);
    return vorbis ? context.decodeAudioData(part) : decodePlain(context, part, rate);
  });
  const buffers = await Promise.all(decoded);
  return zones.map((zone) => ({ ...zone, buffer: buffers[zone.sample] }));
}

/** A bank that needs no samples: sums of sines that fade, higher ones faster. */
export function plainBank() {
  const [rate, length] = [24000, 3];
  const context = new OfflineAudioContext(1, 1, rate);
  /** @type {Zone[]} */
  const zones = [];
  for (let root = 24; root <= 108; root += 12) {
    const frequency = 440 * 2 ** ((root - 69) / 12);
    const buffer = context.createBuffer(1, rate * length, rate);
    const channel = buffer.getChannelData(0);
    for (let partial = 1; partial <= 6 && partial * frequency < rate / 3; partial++) {
      const fading = (0.8 + frequency / 400) * (1 + partial / 3);
      for (let index = 0; index < channel.length; index++) {
        const time = index / rate;
        const envelope = Math.exp(-fading * time) * (1 - time / length) * 2.2 ** -partial;
        channel[index] += envelope * Math.sin(2 * Math.PI * frequency * partial * time);
      }
    }
    const range = { lowest: root - 6, highest: root + 5, root, tuning: 0, loop: null };
    zones.push({ ...range, gain: 0.5, hold: 10, decay: 10, sustain: 1, release: 0.8, buffer });
  }
  return zones;
}

/** The zones that sound for a pitch; the nearest where none has it: @param {Zone[]} bank @param {number} pitch */
export function zonesOf(bank, pitch) {
  const found = bank.filter((zone) => zone.lowest <= pitch && pitch <= zone.highest);
  if (found.length || !bank.length) return found;
  const distance = (/** @type {Zone} */ zone) => Math.max(zone.lowest - pitch, pitch - zone.highest);
  return [bank.reduce((best, zone) => (distance(zone) < distance(best) ? zone : best))];
}

/** @param {number} value */
function bend(value) {
  const [size, room] = [Math.abs(value), CEILING - BEND];
  return size < BEND ? value : Math.sign(value) * (BEND + room * Math.tanh((size - BEND) / room));
}

/**
 * What all sound goes through: one gain for the primer and one for what was generated, volume, and a limiter. `last`
 * is connected to the destination.
 * @param {BaseAudioContext} context @param {AudioNode} destination
 */
export function makeOutput(context, destination) {
  const [primer, generated, volume, half] = [0, 1, 2, 3].map(() => context.createGain());
  const limiter = new DynamicsCompressorNode(context, LIMIT);
  // A limiter takes a moment to notice, and lets through more than 1 meanwhile. A curve is for samples from -1 to 1.
  const last = context.createWaveShaper();
  last.curve = Float32Array.from({ length: CURVE + 1 }, (_, index) => bend(2 * ((2 * index) / CURVE - 1)));
  half.gain.value = 0.5;
  primer.connect(volume);
  generated.connect(volume);
  volume.connect(limiter).connect(half).connect(last).connect(destination);
  return { primer, generated, volume, last };
}

/**
 * Schedule how loud a voice is from a time on: it fades, and faster once released.
 * @param {Voice} voice @param {number} from
 */
export function shape(voice, from) {
  const { gain } = voice.envelope;
  gain.cancelScheduledValues(from);
  const { zone, level, fades, released } = voice;
  const [fading, damping] = [zone.decay / DECIBELS_100, zone.release / DECIBELS_100];
  if (from <= fades && fades < released) gain.setTargetAtTime(level * zone.sustain, fades, fading);
  gain.setTargetAtTime(0, released, damping);
  voice.gone = released + GONE * damping;
  voice.source.stop(voice.gone);
}

/**
 * Silence a voice, whether it sounds or has yet to begin, in some time constants.
 * @param {Voice} voice @param {number} time
 */
export function cut(voice, time, fade = FADE) {
  if (voice.gone <= time) return;
  const { gain } = voice.envelope;
  gain.cancelScheduledValues(time);
  gain.setTargetAtTime(0, time, fade);
  voice.released = Math.min(voice.released, time);
  voice.gone = voice.begins >= time ? time : time + GONE * fade;
  voice.source.stop(Math.max(voice.gone, 0));
}

/**
 * Damp the voices of a pitch that is struck again at a time of the clock, by 9 dB however short the pause, so that the
 * attack is heard at any speed.
 * @param {Voice[]} voices @param {number} pitch @param {number} time @param {number} now
 */
function damp(voices, pitch, time, now) {
  for (const voice of voices) {
    if (voice.pitch !== pitch || voice.begins >= time) continue;
    const from = Math.max(now, time - STRIKE_GAP, (voice.begins + time) / 2);
    cut(voice, from, Math.max(FADE, time - from));
  }
}

/**
 * Start a voice at a time of the clock, as if it had sounded for `elapsed` seconds.
 * @param {BaseAudioContext} context @param {AudioNode} destination @param {Zone} zone @param {Note} note
 * @param {number} begins @param {number} released @param {number} elapsed @returns {Voice}
 */
export function startVoice(context, destination, zone, note, begins, released, elapsed) {
  const source = context.createBufferSource();
  // Silent from the first: a source may begin a sample before its envelope does, and would click.
  const envelope = new GainNode(context, { gain: 0 });
  const speed = 2 ** (((note.pitch - zone.root) * 100 + zone.tuning) / 1200);
  source.buffer = zone.buffer;
  source.playbackRate.value = speed;
  if (zone.loop && zone.loop[1] <= zone.buffer.duration) {
    source.loop = true;
    [source.loopStart, source.loopEnd] = zone.loop;
  }
  // A string that was struck before begins softly, or it would click.
  const attack = elapsed > 0 ? FADE : ATTACK;
  const faded = Math.max(0, elapsed - zone.hold) * (DECIBELS_100 / zone.decay);
  const level = zone.gain * LEVEL * (note.velocity / 127) ** 2;
  const fades = begins + Math.max(zone.hold - elapsed, GONE * attack); // not before the attack is over
  const voice = { ...note, zone, level, source, envelope, begins, fades, released, gone: Infinity };
  envelope.gain.setValueAtTime(0, begins);
  envelope.gain.setTargetAtTime(level * Math.max(Math.exp(-faded), zone.sustain), begins, attack);
  source.connect(envelope).connect(destination);
  source.onended = () => envelope.disconnect();
  source.start(begins, elapsed * speed);
  shape(voice, fades);
  return voice;
}

/**
 * Put notes on the clock of a context, live or offline; returns their voices.
 *
 * Notes of the `stretch` start between `from` and `until`, and all end at `limit`; `at` gives the time of a second of
 * the tune; `held` also starts notes that should already sound at `from`; `voices` sound already.
 * @param {BaseAudioContext} context @param {Output} output @param {Zone[]} bank
 * @param {Pick<Tune, "notes" | "primerEnd">} tune
 * @param {{
 *   from: number, until?: number, at: (seconds: number) => number, limit?: number, held?: boolean, voices?: Voice[],
 * }} stretch
 */
export function schedule(context, output, bank, tune, stretch) {
  const { from, until = Infinity, at, limit = Infinity, held = false, voices = [] } = stretch;
  const { notes, primerEnd } = tune;
  /** @type {Voice[]} */
  const made = [];
  const first = held ? 0 : NOTE * firstIndex(notes.length / NOTE, (index) => notes[index * NOTE] >= from);
  let sounding = voices;
  for (let index = first; index < notes.length; index += NOTE) {
    const [start, end, pitch, velocity] = notes.subarray(index, index + NOTE);
    if (start >= until) break;
    if (start < from && end < from + SHORTEST_LOOP) continue;
    const stop = Math.min(end, limit);
    const begins = at(Math.max(start, from));
    sounding = sounding.filter((voice) => voice.gone > begins);
    if (sounding.length >= POLYPHONY) {
      const oldest = sounding.reduce((best, voice) => (voice.released < best.released ? voice : best));
      cut(oldest, Math.max(begins, oldest.begins));
      sounding = sounding.filter((voice) => voice !== oldest);
    }
    const note = { start, end, pitch, velocity };
    const elapsed = at(Math.max(start, from)) - at(start);
    if (!elapsed) damp(sounding, pitch, begins, context.currentTime);
    const group = start < primerEnd ? output.primer : output.generated;
    for (const zone of zonesOf(bank, pitch)) {
      const voice = startVoice(context, group, zone, note, begins, Math.max(at(stop), begins + 0.02), elapsed);
      made.push(voice);
      sounding.push(voice);
    }
  }
  return made;
}
