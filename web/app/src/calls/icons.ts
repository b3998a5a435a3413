/** Drawings for calls, beside those of `ui/Icon.tsx`. */
export const drawings = {
  microphone: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3M6 11.5a6 6 0 0 0 12 0M12 17.5v3",
  microphoneOff:
    "M9 9v2.5a3 3 0 0 0 4.5 2.6M15 11V6.5a3 3 0 0 0-5.8-1M6 11.5a6 6 0 0 0 9.5 4.9M18 11.5c0 .8-.1 1.5-.4 2.2M12 17.5v3M4 4l16 16",
  camera: "M3.5 7h11v10h-11zM14.5 10.5l6-3v9l-6-3",
  cameraOff: "M8 7h6.5v6.5M14.5 17h-11V7h1M14.5 10.5l6-3v9M4 4l16 16",
  screen: "M3.5 5h17v11h-17zM9 20h6M12 16v4M12 13V8M9.5 10.5 12 8l2.5 2.5",
  hangUp:
    "M3.5 15.5c-.8-1-.6-2.3.3-3.2 4.5-4.4 11.9-4.4 16.4 0 .9.9 1.1 2.2.3 3.2l-.9 1.1-4-1.600v-2.600a11 11 0 0 0-7.2 0V15l-4 1.600z",
  grid: "M4 4.5h7v6.5H4zM13 4.5h7v6.5h-7zM4 13h7v6.5H4zM13 13h7v6.5h-7z",
  speaker: "M4 4.5h16v10H4zM4 17h4.5v2.5H4zM9.800 17h4.5v2.5H9.800zM15.5 17H20v2.5h-4.5z",
  window: "M3.5 5h17v14h-17zM12 12h6v4.5h-6z",
  larger: "M9 4.5H4.5V9M15 4.5h4.5V9M9 19.5H4.5V15M15 19.5h4.5V15",
  smaller: "M4.5 9H9V4.5M19.5 9H15V4.5M4.5 15H9v4.5M19.5 15H15v4.5",
  volume: "M5 9.5v5h3l4.5 4v-13L8 9.5zM16 9a4.2 4.2 0 0 1 0 6",
  bars: "M5 19v-4M10 19v-7M15 19V9M20 19V6",
} as const;
