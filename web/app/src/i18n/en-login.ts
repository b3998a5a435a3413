import type { Translated } from "./en.ts";

/** What is read when somebody logs in; fetched with it. */
export const enLogin = {
  logIn: "Log in",
  logInWith: (name: string) => `Log in with ${name}`,
  logOut: "Log out",
  loggedInAs: "Logged in as",
  leadRoom: "Log in to enter the room.",
  leadServer: "This server is for people with an account.",
  name: "Name",
  password: "Password",
  showPassword: "Show password",
  hidePassword: "Hide password",
  noAccount: "No account? Ask whoever runs this server for an invitation.",
  guest: "Go on without an account",
  back: "Back",
  or: "or",
  pageOnly: "This browser keeps no login here: it lasts until the page is closed or loaded again.",
  untold:
    "You are logged out on this device. The server could not be reached, so there the login lasts until it runs out.",
  why: {
    ended: "Your login has ended: the account was shut out, its password was changed, or it was not used for a month.",
    elsewhere: "You have logged out in another tab.",
  },
  kept: "What you have typed, and what waits to be sent, is still here.",

  // By invitation
  register: "Make an account",
  registerLead: "You were invited to this server.",
  newPassword: "Choose a password",
  nameHint: "Letters, digits, “_”, “.” and “-”; 32 at most.",
  passwordHint: "At least 8 characters.",
  create: "Make the account",
  haveOne: "I have an account",

  nameMissing: "Enter your name.",
  nameBad: "Letters, digits, “_”, “.” and “-” only; 32 at most.",
  passwordMissing: "Enter the password.",
  passwordShort: "At least 8 characters.",

  // Elsewhere
  finishing: "One moment …",
  notHere: "This login was begun in another tab or too long ago. Please try again.",
  /** By the word that the server brings one back with. */
  returned: {
    login_failed: "The login was broken off, took too long, or was begun in another browser. Please try again.",
    forbidden: "You may not come in here with this login.",
  } as Record<string, string>,
  needsHttps: "Logging in elsewhere works only over https or on localhost.",

  /** By the stable word of a refusal. */
  problems: {
    bad_login: "The name or the password is wrong, or the account is shut out.",
    bad_invitation: "This invitation is no longer good, or the name is taken. Try another name first.",
    bad_payload: "The server does not accept this name or password.",
    bad_token: "This login is no longer good. Please try again.",
    forbidden: "Logging in with a password is switched off on this server.",
    banned: "You may not come in here.",
    rate_command: "Too many tries. Wait a moment.",
    limited: "Too many tries. Wait a moment.",
    offline: "The server cannot be reached. Try again in a moment.",
    unavailable: "The server is busy. Try again in a moment.",
    failed: "That did not work. Please try again.",
  } as Record<string, string>,
};

export type LoginMessages = Translated<typeof enLogin>;
