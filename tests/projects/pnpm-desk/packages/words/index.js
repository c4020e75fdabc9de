export const desk = "Desk";
