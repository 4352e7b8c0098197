// Drawings to start from: one that writes itself, so that the page is never empty and shows
// what to do, and rows to choose from, some of them hard.

import { paint } from "./paint.js";
import { SIDE } from "./drawing.js";
import { decode } from "./share.js";

const DURATION_MS = 900;

// Strokes as a link holds them.
const [THREE] = decode(
  "UA_gt_gribhbickdldkelglgjhjjhkgjfkdjbjYiXibhjhohmhkkikhlfldlckakZiYhZgYdZdacbbba",
);
export const DIGITS = offered([
  ["a five", "UA_hY5_ffgdhc9hh2cyug1QyHeTV"],
  ["a small two in the corner", "HA_hq_hohZmdljenWpalhgue"],
  ["a crossed seven", "QA_gq-_g0djhcoO_ghR_gs.QA_g1_hM1bzd"],
  ["a one with a flag and a foot", "OA_gw_g0yRoThge_ghe_g1fh.OA_g0_h02e7e"],
  ["a slanted nine", "MA_hm_gnSUMnUzmsxXvLheT_gjK_gs"],
  ["a four, or a nine?", "SA_g6_ghZ2gsrk0ajd.SA_hb-e-a_g3"],
  ["a zero with a stroke through it", "OA_hJ3JqW_gjp_glzo0Tn_fdU_fbMX.OA_hf_gh_fR_hL"],
  ["no digit", "MA_go_hug_fT8B9-f_gs_fFg.MA_g__hufGugf3"],
]);

// Written by training/synthesis/lines/allographs.py.
export const NUMBERS = offered([
  ["a year", "OA_h87ererfsereseren.OA_i3_gqZVTbUjZpcqgrolrfqZmWcUed.OA_i1_gpdteqdtdqdtem.OA_j1_ghReTfXneqponpkrgqWpUkUeZWlUoUmWmWnUlWia.OA_ki_ghZoYpZoZqZo.OA_kD_hRsdsdsejf.OA_kl_g6crcsesgqfh"],
  ["a long number, small", "KA_hm_grVmXnYrbshqkpqhoYiTZVUiYndj.KA_hy_hGlUnWoY.KA_iJ_grerdrerdreq.KA_id_gpXocqlpqclVfUTgff.KA_ie_hIUhaphqomrcmWaUXZag.KA_jV_gzUaVlZocqfrjqriqbmVhUfUaVUabe.KA_js_gtrgqegf.KA_kE_gtWmXnbj.KA_jv_hApjonbrWnUgXc.KA_kR_gupZqfmoZoUkag.KA_kX_hArhoobqWoTgXb.KA_lW_gpWYWlWohqrgpZlVfqcsbsarei"],
  ["barred sevens, ones with a flag", "MA_h0_gnqbpjqbjqbqbqbratcrdl.MA_ix_gxoXmWib.MA_jE7dsdsdsdsetdreo.MA_jZ_gzpWnXnWgf.MA_j04brctctesetesfo.MA_kG_gsnYsholpZZqYsbqcvcudp"],
  ["digits that touch", "QA_hz_gwmUnXqcomlperYqVoWqXpXpYo.QA_hq_hzrfseseqdgf.QA_jA5VkVnZpaqcshsiqmqqkrbnYlSjVjTiUbTXWUaUgef.QA_kP7UeUfShXnarkqrinokqcraoUmSfUedf.QA_kT_ghpYrfrlkpcrVnTgZf.QA_kb_g_rjqkmqerYpWmShTZWZde"],
  ["47", "UA_iy0WpXoWqZoZsbl.UA_iI_hPtgrfqfqfnf.UA_i3_g5drcsaqZsZoeh.UA_jq3resdsfrg.UA_kc1YtYuZqYtaoZqXsZp.UA_jp_hHrdsdrerf"],
  ["no number", "MA_hk_hGlNkVqqlwkwlpqUlPkQqYq1lrqjqPqUqlrnqeqdqjqfqVqYlj"],
]);

function offered(samples) {
  return samples.map(([name, strokes]) => ({ label: `Sample: ${name}`, marks: decode(strokes) }));
}

// Calls show(stroke) as the stroke grows; returns a function that stops it.
export function playSample(show) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const begun = performance.now();
  let frame = null;

  const step = (now) => {
    const share = isCalm ? 1 : Math.min(1, Math.max(0, now - begun) / DURATION_MS);
    const count = Math.max(1, Math.round(share * THREE.points.length));
    show({ ...THREE, points: THREE.points.slice(0, count) });
    if (share < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}

// Fills a row with a button for each sample, which calls take(marks); width is the paper's. Images,
// as the browser would draw every canvas again with each frame.
export function offerSamples(row, samples, width, take) {
  const canvas = document.createElement("canvas");
  canvas.height = 88;
  canvas.width = (88 * width) / SIDE;
  const context = canvas.getContext("2d");
  context.scale(88 / SIDE, 88 / SIDE);
  for (const { label, marks } of samples) {
    const button = document.createElement("button");
    const picture = new Image();
    button.title = picture.alt = label;
    context.clearRect(0, 0, width, SIDE);
    paint(context, marks);
    picture.src = canvas.toDataURL();
    button.append(picture);
    button.addEventListener("click", () => take(marks));
    row.append(button);
  }
}
