/** The bundler hands SVG files over as text. */
declare module '*.svg' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the bundler's contract
  export default text;
}

declare module '*.css';
