// What an empty program costs, which import.js is compared with.
export {}
