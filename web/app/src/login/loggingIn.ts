// What is needed once somebody logs in or was logged in, in one file.
export { LoginPage } from "./LoginPage.tsx";
export { Who } from "./Who.tsx";
