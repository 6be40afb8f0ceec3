/** The colours of VS Code's theme for the canvas, read anew when the theme changes. High contrast leaves some empty: hence the fallbacks. */
import { useEffect, useState } from 'preact/hooks';

export interface Theme {
  readonly highContrast: boolean;
  readonly foreground: string;
  readonly background: string;
  readonly dim: string;
  readonly line: string;
  readonly grid: string;
  readonly accent: string;
  readonly error: string;
  readonly warning: string;
  readonly information: string;
  readonly stop: string;
  readonly blue: string;
  readonly green: string;
  readonly purple: string;
  readonly yellow: string;
  readonly font: string;
}

export function useTheme(): Theme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(readTheme()));
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const highContrast =
    document.body.classList.contains('vscode-high-contrast') ||
    document.body.classList.contains('vscode-high-contrast-light');
  const foreground = read('foreground', '#cccccc');
  const focus = read('focusBorder', '#3794ff');
  return {
    highContrast,
    foreground,
    background: read('panel-background', read('editor-background', '#1e1e1e')),
    dim: read('descriptionForeground', foreground),
    line: highContrast ? read('contrastBorder', foreground) : read('panel-border', foreground),
    grid: highContrast ? foreground : read('editorRuler-foreground', foreground),
    accent: highContrast ? read('contrastActiveBorder', focus) : read('debugIcon-continueForeground', focus),
    error: read('problemsErrorIcon-foreground', '#f14c4c'),
    warning: read('problemsWarningIcon-foreground', '#cca700'),
    information: read('problemsInfoIcon-foreground', '#3794ff'),
    stop: read('debugIcon-breakpointForeground', '#e51400'),
    blue: read('charts-blue', '#3794ff'),
    green: read('charts-green', '#89d185'),
    purple: read('charts-purple', '#b180d7'),
    yellow: read('charts-yellow', '#cca700'),
    font: read('font-family', 'sans-serif'),
  };
}
