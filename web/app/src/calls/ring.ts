/** The two notes of the bell, Hz; how long each sounds, and how long all takes until it comes again, s. */
const notes = [659.3, 523.3, 659.3, 523.3] as const;
const note = 0.22;
const period = 3;
/** So loud it is. */
const volume = 0.15;

/** Before one of these a page may make no sound. */
const gestures = ["pointerdown", "keydown"] as const;

/** Rings until it is ended. A page in which nobody has pressed anything yet is silent until somebody does. @returns what ends it */
export function ring(): () => void {
  let end = () => undefined as void;
  const begin = () => (end = sound());
  if (navigator.userActivation?.hasBeenActive ?? true) {
    begin();
    return () => end();
  }
  const away = () => gestures.forEach((gesture) => removeEventListener(gesture, first));
  const first = () => {
    away();
    begin();
  };
  gestures.forEach((gesture) => addEventListener(gesture, first));
  return () => {
    away();
    end();
  };
}

function sound(): () => void {
  const context = new AudioContext();
  const source = context.createBufferSource();
  source.buffer = bell(context);
  source.loop = true; // no timer: those of hidden pages run late
  source.connect(context.destination);
  source.start();
  return () => {
    source.stop();
    void context.close();
  };
}

/** One period of it: soft notes that fade away, then silence. */
function bell(context: BaseAudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, period * rate, rate);
  const samples = buffer.getChannelData(0);
  for (const [index, pitch] of notes.entries()) {
    const start = Math.round(index * note * rate);
    for (let at = 0; at < note * 2 * rate; at++) {
      const time = at / rate;
      const fade = Math.min(1, time / 0.01) * Math.exp(-time * 9);
      samples[start + at]! += volume * fade * Math.sin(2 * Math.PI * pitch * time);
    }
  }
  return buffer;
}
