// Where a time zone is chosen, the one of this browser stands first: the server cannot know it.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const list of document.querySelectorAll("select[data-zones]")) {
  const option = [...list.options].find(({ value }) => value === own);
  if (option) list.prepend(option);
}
