/** Starts the Sandbox panel in its webview. */
import { render } from 'preact';
import { App } from './app.tsx';
import './panel.css';
import './timeline.css';
import './violations.css';
import './grant.css';
import './highContrast.css';

const root = document.getElementById('root');
if (root !== null) render(<App />, root);
