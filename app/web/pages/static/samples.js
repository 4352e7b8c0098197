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
  ["a year", "OA_h87ererfsereseren.OA_i3_gqaYYZVfXjaocofpjoogpfnamYhWbY.OA_i1_gpepdqeqdperdpem.OA_j1_ghUeUeWjanipnmmnjojpbpWmVkVcaXjWlYnWmWmVmVlWgd.OA_ki_ghZoamYpZpaodi.OA_kD_hRqdodpfpeif.OA_kl_g6dpcpepeqgp"],
  ["a long number, small", "KA_hm_grXkYlZoapcphqjnokockXgUaXWgXlbn.KA_hy_hGkWlWnZjc.KA_iJ_grereodreoeoen.KA_id_gpZmZniolmockXgWXZbh.KA_ie_hIVhameojopioclYeWZXWdeg.KA_jV_gzXaViYmbpeofqinpjpdnZjVhWeWcXXZWd.KA_js_gtogpekf.KA_kE_gtXlYmZl.KA_jv_hAniolgpZnYlVfXc.KA_kR_gunaocnkhoZmVjag.KA_kX_hAphoigpaoYmWiWade.KA_lW_gpZYVjXnbolnodoalXfrdobpcqcm"],
  ["barred sevens, ones with a flag", "MA_h0_gnobphogoagpapbqbrcococrdl.MA_ix_gxmYmYkY.MA_jE7dsdseodsdseoerek.MA_jZ_gzmYmZlYmZ.MA_j04cncsdpdoeseoepfqfl.MA_kG_gsmYpfolpebqapbqdqdpdpdp"],
  ["digits that touch", "QA_hz_gwkXlYnZpgmlkofpbnZmXmYnYoXpYocj.QA_hq_hzpfpfpeqeod.QA_jA5XjXlYnZpbqephqiojpmlohpbnYkVjVjTiXfUbWYYWaWfag.QA_kP7UeUfVgWmancpnmpimmkofqbpYnViVfUedf.QA_kT_ghoZqepimkhqcoXnWgUf.QA_kb_g_oiojnkjpepanWnVjUcWZXa"],
  ["47", "UA_iy0YnXnYnZoZpbobl.UA_iI_hPqfrgqfqfpfgf.UA_i3_g5eodocpbnbpanbl.UA_jq3pepepepgpf.UA_kc1apboapZqaoaoaqZoaoZp.UA_jp_hHpdpdoepfpf"],
  ["no number", "MA_hk_hGlNkVqqlwkwlpqUlPkQlXqpkslrqjqPlXqeqoqiqcqhqjrZqTqi"],
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
