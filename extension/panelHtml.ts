/** The page of the Sandbox panel: nothing but our own script and style sheet may run or load in it. */

export interface PanelPage {
  readonly script: string;
  readonly style: string;
  /** The origin that the webview's resources come from. */
  readonly source: string;
  readonly nonce: string;
}

export function panelHtml(page: PanelPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.source}`,
    `img-src ${page.source}`,
    `font-src ${page.source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${page.style}">
<title>Sandbox</title>
</head>
<body>
<div id="root"></div>
<script nonce="${page.nonce}" src="${page.script}"></script>
</body>
</html>`;
}
