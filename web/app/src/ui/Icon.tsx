const paths = {
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2M4 4l16 16",
  people:
    "M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5M3 19.5c.4-3.3 2.9-5 6-5s5.6 1.7 6 5M15.5 5.3a3.1 3.1 0 0 1 0 5.9M17.5 14.9c2 .6 3.3 2.2 3.6 4.6",
  share: "M12 15V4M7.5 8 12 3.5 16.5 8M5 13v5.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V13",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  leave: "M10 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H10M14.5 8l4 4-4 4M18 12H9.5",
  send: "M12 19V5.5M6 11l6-6 6 6",
  check: "m5.5 12.5 4.2 4.2L18.5 8",
  checks: "m2.5 12.5 4.2 4.2L15.5 8M10.5 15.2l1.6 1.5L21 8",
  phone: "M7.5 4.5 5 5.5c-1 6.5 6.5 14.5 13.5 13.5l1-2.5-4-2.5-2 1.5c-2-1-3.5-2.5-4.5-4.5l1.5-2z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.3 15.3 20.5 20.5",
  more: "M12 5a.9.9 0 1 0 0 1.8.9.9 0 1 0 0-1.8M12 11.1a.9.9 0 1 0 0 1.8.9.9 0 1 0 0-1.8M12 17.2a.9.9 0 1 0 0 1.8.9.9 0 1 0 0-1.8",
  reply: "M9.5 6 4 11.5 9.5 17M4 11.5h9.5c3.5 0 6 2 6.5 6",
  edit: "M4.5 19.5l1-4L16 5l3 3L8.5 18.5zM14 7l3 3",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5",
  timer: "M12 20.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M12 9v4l2.2 1.6M9.5 2.8h5",
  door: "M4.5 20.5h15M7 20.5v-17h10v17M13.5 12v.8",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 7.5V12l3 2",
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
  close: "m6 6 12 12M18 6 6 18",
  down: "M12 5v13.5M6 13l6 6 6-6",
  chevron: "m7 10 5 5 5-5",
  copy: "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6",
  eyeOff:
    "M4 4l16 16M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.8 3.5M6.3 7.5A16 16 0 0 0 2.5 12S6 18.5 12 18.5c1.4 0 2.7-.4 3.8-.9",
  shield: "M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6zM8.8 12l2.3 2.3 4.2-4.6",
  key: "M8 19a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M11.3 11.3 19.5 4M16 7l2.5 2.8",
  whisper: "M5 5h14v10.5h-7L7.5 19.5v-4H5zM9 10.2h.1M12 10.2h.1M15 10.2h.1",
  retry: "M19 12a7 7 0 1 1-2.1-5M19 3.5v4h-4",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing beside words; it says nothing by itself. What is fetched later brings its own drawings as paths. */
export function Icon(props: { name: IconName } | { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={"path" in props ? props.path : paths[props.name]} />
    </svg>
  );
}
