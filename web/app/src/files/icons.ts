/** Drawings for files, beside those of `ui/Icon.tsx`. */
export const drawings = {
  file: "M6.5 3.5h7l4.5 4.5v12.5h-11.5zM13.5 3.5v4.5h4.5",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M14.5 9.5h.1",
  camera: "M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 16.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M9 6v12M15 6v12",
  stop: "M7 7h10v10H7z",
  save: "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14",
  larger: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20.5 20.5M10.5 7.7v5.6M7.7 10.5h5.6",
  smaller: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20.5 20.5M7.7 10.5h5.6",
  left: "m15 5-7 7 7 7",
  right: "m9 5 7 7-7 7",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  sound: "M5 9.5v5h3l4.5 4v-13L8 9.5zM16 9a4.2 4.2 0 0 1 0 6M18.5 6.5a7.8 7.8 0 0 1 0 11",
} as const;
